{{- define "reranker.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "reranker.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "reranker.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "reranker.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "reranker.selectorLabels" -}}
app.kubernetes.io/name: {{ include "reranker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "reranker.labels" -}}
{{ include "reranker.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Of the pod of `helm test`. Neither the Service nor a policy of the server's pods may take it for one of them. */}}
{{- define "reranker.testLabels" -}}
app.kubernetes.io/name: {{ include "reranker.name" . | trunc 58 | trimSuffix "-" }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Helm reads every number as a float, and would write 33554432 as 3.3554432e+07. */}}
{{- define "reranker.plain" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{- define "reranker.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "reranker.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "reranker.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "reranker.claim" -}}
{{- default (include "reranker.fullname" .) .Values.persistence.existingClaim }}
{{- end }}

{{/* Combinations that no schema can see. */}}
{{- define "reranker.check" -}}
{{- if and .Values.autoscaling.enabled .Values.keda.enabled }}
{{- fail "autoscaling and keda both set the number of replicas: enable one of them" }}
{{- end }}
{{- $replicas := .Values.replicaCount }}
{{- if .Values.autoscaling.enabled }}{{ $replicas = .Values.autoscaling.maxReplicas }}{{ end }}
{{- if .Values.keda.enabled }}{{ $replicas = .Values.keda.maxReplicaCount }}{{ end }}
{{- if and .Values.podDisruptionBudget.enabled (lt (int $replicas) 2) }}
{{- fail "podDisruptionBudget needs more than one replica: with one, no node could be drained" }}
{{- end }}
{{- $own := and .Values.persistence.enabled (not .Values.persistence.existingClaim) (not .Values.model.local.existingClaim) }}
{{- if and $own (gt (int $replicas) 1) (not (has "ReadWriteMany" .Values.persistence.accessModes)) }}
{{- fail "more than one replica shares the model cache: set persistence.accessModes to [ReadWriteMany], or persistence.enabled to false" }}
{{- end }}
{{- end }}
