{{/* Who is meant in a network policy? */}}

{{/* Whose policy it is; everything that is not listed behind it is denied: (list $ component). */}}
{{- define "ironbull.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "ironbull.fullname" (index . 0) }}-{{ index . 1 }}
  labels: {{- include "ironbull.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "ironbull.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
{{- end -}}

{{/* Pods of this release: (list $ component...). */}}
{{- define "ironbull.peers" -}}
{{- $root := first . -}}
{{- range rest . }}
- podSelector:
    matchLabels: {{- include "ironbull.selector" (list $root .) | nindent 6 }}
{{- end -}}
{{- end -}}

{{/* Engines and members of every tenant. */}}
{{- define "ironbull.peers.tenants" -}}
- namespaceSelector:
    matchExpressions:
      - {key: ironbull.io/tenant, operator: Exists}
{{- end -}}

{{/* Who reads metrics: (list $ port). */}}
{{- define "ironbull.from.monitoring" -}}
{{- $port := index . 1 -}}
{{- with (index . 0).Values.monitoring.namespaceLabels -}}
- from:
    - namespaceSelector:
        matchLabels: {{- toYaml . | nindent 10 }}
  ports: [{port: {{ $port }}}]
{{- end -}}
{{- end -}}

{{/* The same for the operator, which makes the policies of tenants. */}}
{{- define "ironbull.monitoring.labels" -}}
{{- $rows := list -}}
{{- range $key, $value := .Values.monitoring.namespaceLabels -}}
{{- $rows = append $rows (printf "%s=%s" $key $value) -}}
{{- end -}}
{{- $rows | join "," | default "none" -}}
{{- end -}}

{{- define "ironbull.to.names" -}}
- to: [{namespaceSelector: {}}]
  ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end -}}

{{- define "ironbull.to.api-server" -}}
- to:
  {{- range .Values.networkPolicy.apiServerCIDRs }}
    - ipBlock: {cidr: {{ . | quote }}}
  {{- end }}
  ports:
  {{- range .Values.networkPolicy.apiServerPorts }}
    - port: {{ . }}
  {{- end }}
{{- end -}}

{{- define "ironbull.to.postgres" -}}
- to:
  {{- if .Values.postgresql.trial }}
    {{- include "ironbull.peers" (list . "postgres") | trim | nindent 4 }}
  ports: [{port: 5432}]
  {{- else }}
  {{- range .Values.networkPolicy.postgresqlCIDRs }}
    - ipBlock: {cidr: {{ . | quote }}}
  {{- end }}
  ports:
  {{- range .Values.networkPolicy.postgresqlPorts }}
    - port: {{ . }}
  {{- end }}
  {{- end }}
{{- end -}}

{{- define "ironbull.to.nats" -}}
- to:
  {{- if .Values.nats.trial }}
    {{- include "ironbull.peers" (list . "nats") | trim | nindent 4 }}
  ports: [{port: 4222}]
  {{- else }}
  {{- range .Values.networkPolicy.natsCIDRs }}
    - ipBlock: {cidr: {{ . | quote }}}
  {{- end }}
  ports: [{port: {{ regexFind "[0-9]+$" .Values.nats.url }}}]
  {{- end }}
{{- end -}}

{{/* Public hosts over HTTPS, as venues are: none of private, link-local, shared or tunnelled ranges. */}}
{{- define "ironbull.to.public" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3]
    - ipBlock: {cidr: "2000::/3", except: ["2001::/32", "2002::/16"]}
  ports: [{port: 443}]
{{- end -}}

{{- define "ironbull.to.platform-api" -}}
- to:
    {{- include "ironbull.peers" (list . "api") | trim | nindent 4 }}
  ports: [{port: 8082}]
{{- end -}}
