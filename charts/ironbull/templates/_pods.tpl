{{/* What do all pods have in common? They pass Pod Security "restricted". */}}

{{/* Of a pod's spec: (list $ service-account with-token). */}}
{{- define "ironbull.pod" -}}
{{- $root := index . 0 -}}
serviceAccountName: {{ index . 1 }}
automountServiceAccountToken: {{ index . 2 }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with $root.Values.images.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with $root.Values.scheduling }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Of a container: (list $ image-name). */}}
{{- define "ironbull.container" -}}
{{- $root := index . 0 -}}
image: {{ include "ironbull.image" . }}
imagePullPolicy: {{ $root.Values.images.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* Of a process that answers /live and /ready on the port named health. */}}
{{- define "ironbull.probes" -}}
startupProbe:
  httpGet: {path: /live, port: health}
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 120
livenessProbe:
  httpGet: {path: /live, port: health}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /ready, port: health}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}

{{/* Of a process that listens on a TCP port: its name. */}}
{{- define "ironbull.probes.tcp" -}}
{{ include "ironbull.probes.tcp.alive" . }}
readinessProbe:
  tcpSocket: {port: {{ . }}}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}

{{/* The same without a word on whether it is ready to serve. */}}
{{- define "ironbull.probes.tcp.alive" -}}
startupProbe:
  tcpSocket: {port: {{ . }}}
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 120
livenessProbe:
  tcpSocket: {port: {{ . }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}

{{/* A folder that the process may write to; everything else is read-only. */}}
{{- define "ironbull.scratch" -}}
- name: scratch
  emptyDir: {sizeLimit: 64Mi}
{{- end -}}

{{/* Files of a Secret: (list volume-name secret-name keys). */}}
{{- define "ironbull.secret-volume" -}}
- name: {{ index . 0 }}
  secret:
    secretName: {{ index . 1 }}
    defaultMode: 0440
    items:
    {{- range index . 2 }}
      - {key: {{ . }}, path: {{ . }}}
    {{- end }}
{{- end -}}

{{/* A token for the platform API alone, renewed by the kubelet: it says which account calls. */}}
{{- define "ironbull.platform-token" -}}
- name: platform-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: {audience: ironbull-platform, expirationSeconds: 600, path: token}
{{- end -}}

{{/* A claim of a StatefulSet: (list $ values.storage). */}}
{{- define "ironbull.claim" -}}
{{- $storage := index . 1 -}}
metadata:
  name: data
spec:
  accessModes: [ReadWriteOnce]
  {{- with $storage.storageClassName }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests:
      storage: {{ $storage.size }}
{{- end -}}
