{{/* What is each object called, and how is it labelled? Secrets have fixed names: their maker, the
     bootstrap command, does not know the release. */}}

{{- define "ironbull.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Of a pod and of who selects it: (list $ component). No version, so an upgrade restarts nothing. */}}
{{- define "ironbull.selector" -}}
app.kubernetes.io/name: ironbull
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Of every object: (list $ component). */}}
{{- define "ironbull.labels" -}}
{{- $root := index . 0 -}}
{{ include "ironbull.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{/* (list $ name) */}}
{{- define "ironbull.image" -}}
{{- $root := index . 0 -}}
{{- $image := index $root.Values.images (index . 1) -}}
{{- with $root.Values.images.registry -}}{{ . }}/{{- end -}}
{{- $image.repository -}}
{{- if $image.digest -}}@{{ $image.digest }}{{- else -}}:{{ $image.tag | default $root.Chart.AppVersion }}{{- end -}}
{{- end -}}

{{- define "ironbull.secret.keys" -}}{{ .Values.keys.existingSecret | default "ironbull-keys" }}{{- end -}}
{{- define "ironbull.secret.database" -}}{{ .Values.postgresql.existingSecret | default "ironbull-database" }}{{- end -}}
{{- define "ironbull.secret.nats-roots" -}}{{ .Values.nats.existingRootsSecret | default "ironbull-nats-roots" }}{{- end -}}
{{- define "ironbull.secret.nats-users" -}}{{ .Values.nats.existingUsersSecret | default "ironbull-nats-users" }}{{- end -}}

{{/* Which Secrets are left for the bootstrap Job to make? A list in JSON, empty: nothing. */}}
{{- define "ironbull.bootstraps" -}}
{{- $names := list -}}
{{- if not .Values.keys.existingSecret -}}{{- $names = append $names "ironbull-keys" -}}{{- end -}}
{{- if .Values.postgresql.trial -}}{{- $names = append $names "ironbull-database" -}}{{- end -}}
{{- if not .Values.nats.existingRootsSecret -}}
{{- $names = concat $names (list "ironbull-nats-roots" "ironbull-nats-users" "ironbull-nats-server") -}}
{{- end -}}
{{- if $names -}}{{- toJson $names -}}{{- end -}}
{{- end -}}

{{/* The address of a Service: (list $ component). */}}
{{- define "ironbull.host" -}}
{{- $root := index . 0 -}}
{{ include "ironbull.fullname" $root }}-{{ index . 1 }}.{{ $root.Release.Namespace }}.svc
{{- end -}}

{{- define "ironbull.nats.url" -}}
{{- if .Values.nats.trial -}}nats://{{ include "ironbull.host" (list . "nats") }}:4222{{- else -}}{{ .Values.nats.url }}{{- end -}}
{{- end -}}

{{- define "ironbull.paper.url" -}}
{{- if .Values.paper.enabled -}}http://{{ include "ironbull.host" (list . "paper") }}:8090{{- end -}}
{{- end -}}
