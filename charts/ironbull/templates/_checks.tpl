{{/* Which values do not fit together? Each refusal names the value and the way out. */}}

{{- define "ironbull.checks" -}}
{{- $v := .Values -}}
{{- if and $v.postgresql.trial $v.postgresql.existingSecret -}}
{{- fail "postgresql.existingSecret names your own PostgreSQL, so set postgresql.trial to false as well" -}}
{{- end -}}
{{- if not (or $v.postgresql.trial $v.postgresql.existingSecret) -}}
{{- fail "postgresql.trial is false, so postgresql.existingSecret must name a Secret with owner-url, tenant-url and platform-url" -}}
{{- end -}}
{{- if and $v.nats.trial $v.nats.url -}}
{{- fail "nats.url names your own NATS, so set nats.trial to false as well" -}}
{{- end -}}
{{- if not (or $v.nats.trial $v.nats.url) -}}
{{- fail "nats.trial is false, so nats.url must say where your own NATS answers" -}}
{{- end -}}
{{- if and $v.nats.trial (or $v.nats.existingRootsSecret $v.nats.existingUsersSecret) -}}
{{- fail "nats.existingRootsSecret and nats.existingUsersSecret belong to your own NATS, so set nats.trial to false and nats.url" -}}
{{- end -}}
{{- with $v.nats.outside -}}
{{- if and (or .tlsSecret .serviceType .cidrs) (not $v.nats.trial) -}}
{{- fail "nats.outside.tlsSecret, nats.outside.serviceType and nats.outside.cidrs are of the trial NATS: give your own its certificate and its way in" -}}
{{- end -}}
{{- if and .url $v.nats.trial (not .tlsSecret) -}}
{{- fail "nats.outside.tlsSecret must name the certificate of the trial NATS when nats.outside.url is set: credentials do not travel in the clear" -}}
{{- end -}}
{{- if and .serviceType (not .tlsSecret) -}}
{{- fail "nats.outside.tlsSecret must name the certificate of the trial NATS when nats.outside.serviceType is set" -}}
{{- end -}}
{{- if and .caSecret (not .url) -}}
{{- fail "nats.outside.url must say where members outside connect when nats.outside.caSecret is set" -}}
{{- end -}}
{{- end -}}
{{- if ne (empty $v.nats.existingRootsSecret) (empty $v.nats.existingUsersSecret) -}}
{{- fail "nats.existingRootsSecret and nats.existingUsersSecret are set together or not at all: users are signed with roots" -}}
{{- end -}}
{{- if and $v.admin.ingress.enabled (not $v.admin.ingress.host) -}}
{{- fail "admin.ingress.host must name the host of the admin API when admin.ingress.enabled is true" -}}
{{- end -}}
{{- if gt (int $v.api.autoscaling.minReplicas) (int $v.api.autoscaling.maxReplicas) -}}
{{- fail (printf "api.autoscaling.minReplicas (%d) is above api.autoscaling.maxReplicas (%d)" (int $v.api.autoscaling.minReplicas) (int $v.api.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if and $v.api.autoscaling.enabled (not (dig "requests" "cpu" "" $v.api.resources)) -}}
{{- fail "api.resources.requests.cpu must be set when api.autoscaling.enabled is true: its target is a percentage of the request" -}}
{{- end -}}
{{- if and $v.admin.route.enabled (not (and $v.admin.route.host $v.admin.route.parents)) -}}
{{- fail "admin.route.host and admin.route.parents must name the host of the admin API and its Gateway when admin.route.enabled is true" -}}
{{- end -}}
{{- include "ironbull.checks.kinds" . -}}
{{- include "ironbull.checks.policies" . -}}
{{- include "ironbull.checks.live" . -}}
{{- include "ironbull.checks.objects" . -}}
{{- end -}}

{{- define "ironbull.checks.policies" -}}
{{- $p := .Values.networkPolicy -}}
{{- if $p.enabled -}}
{{- if not $p.apiServerCIDRs -}}
{{- fail "networkPolicy.apiServerCIDRs must say where pods reach the API server when networkPolicy.enabled is true (kubectl get endpoints kubernetes)" -}}
{{- end -}}
{{- if not (or .Values.postgresql.trial $p.postgresqlCIDRs) -}}
{{- fail "networkPolicy.postgresqlCIDRs must say where your own PostgreSQL answers when networkPolicy.enabled is true" -}}
{{- end -}}
{{- if not (or .Values.nats.trial $p.natsCIDRs) -}}
{{- fail "networkPolicy.natsCIDRs must say where your own NATS answers when networkPolicy.enabled is true" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ironbull.checks.kinds" -}}
{{- $monitoring := .Values.monitoring -}}
{{- if and $monitoring.podMonitor.enabled (not $monitoring.namespaceLabels) -}}
{{- fail "monitoring.namespaceLabels must say where your Prometheus runs when monitoring.podMonitor.enabled is true: the policies of tenants' namespaces let nobody else read metrics, as in {kubernetes.io/metadata.name: monitoring}" -}}
{{- end -}}
{{- $served := .Capabilities.APIVersions -}}
{{- range $name := list "podMonitor" "serviceMonitor" "rules" -}}
{{- if and (index $monitoring $name).enabled (not ($served.Has "monitoring.coreos.com/v1")) -}}
{{- fail (printf "monitoring.%s.enabled is true, but this cluster does not serve monitoring.coreos.com/v1: install the Prometheus operator or set it to false" $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.admin.route.enabled (not ($served.Has "gateway.networking.k8s.io/v1")) -}}
{{- fail "admin.route.enabled is true, but this cluster does not serve gateway.networking.k8s.io/v1: install the Gateway API, or use admin.ingress" -}}
{{- end -}}
{{- with .Values.api.autoscaling -}}
{{- if and .enabled .prometheus.url (not ($served.Has "keda.sh/v1alpha1")) -}}
{{- fail "api.autoscaling.prometheus.url is set, but this cluster does not serve keda.sh/v1alpha1: install KEDA, or leave it empty to scale by CPU" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ironbull.checks.live" -}}
{{- if .Values.live.allowed -}}
{{- if .Values.postgresql.trial -}}
{{- fail "live.allowed is refused with postgresql.trial: real money needs your own PostgreSQL (postgresql.existingSecret), with copies and fail-over" -}}
{{- end -}}
{{- if .Values.nats.trial -}}
{{- fail "live.allowed is refused with nats.trial: real money needs your own NATS (nats.url)" -}}
{{- end -}}
{{- if not (hasPrefix "tls://" .Values.nats.url) -}}
{{- fail "live.allowed is refused with an unencrypted nats.url: it must begin with tls://" -}}
{{- end -}}
{{- if not .Values.keys.existingSecret -}}
{{- fail "live.allowed is refused without keys.existingSecret: whoever loses the master key loses every exchange key, so make it yourself and keep a copy" -}}
{{- end -}}
{{- if not .Values.networkPolicy.enabled -}}
{{- fail "live.allowed is refused without networkPolicy.enabled" -}}
{{- end -}}
{{- if and .Values.admin.ingress.enabled (not .Values.admin.ingress.tlsSecret) -}}
{{- fail "live.allowed is refused without admin.ingress.tlsSecret: staff tokens must not travel in the clear" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ironbull.checks.objects" -}}
{{- range $index, $object := .Values.extraObjects -}}
{{- if hasPrefix "ironbull.io/" $object.apiVersion -}}
{{- fail (printf "extraObjects[%d] (%s %q) is of the group ironbull.io: Helm cannot order it behind its kind, so apply it after the chart with kubectl apply" $index $object.kind $object.metadata.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
