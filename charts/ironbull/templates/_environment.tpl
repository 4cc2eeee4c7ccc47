{{/* With which settings does a process start? */}}

{{/* Of every process of ours: (list $ health-port). */}}
{{- define "ironbull.env" -}}
{{- $root := index . 0 -}}
- {name: IRONBULL_HOST, value: "0.0.0.0"}
- {name: IRONBULL_HEALTH_PORT, value: {{ index . 1 | quote }}}
- {name: IRONBULL_LOG_LEVEL, value: {{ $root.Values.logLevel }}}
{{- end -}}

{{/* The URL of a database role: (list $ variable role), role is owner, tenant or platform. */}}
{{- define "ironbull.env.database" -}}
{{- $root := index . 0 -}}
{{- $variable := index . 1 -}}
{{- $role := index . 2 -}}
{{- $secret := include "ironbull.secret.database" $root -}}
{{- if $root.Values.postgresql.trial -}}
{{- $password := printf "%s_PASSWORD" (upper $role) -}}
- name: {{ $password }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ $role }}.password}
- name: {{ $variable }}
  value: postgresql://ironbull_{{ $role }}:$({{ $password }})@{{ include "ironbull.host" (list $root "postgres") }}:5432/ironbull
{{- else -}}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ $role }}-url}
{{- end -}}
{{- end -}}
