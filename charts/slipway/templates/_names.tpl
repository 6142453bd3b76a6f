{{/* Names are fixed: a cluster holds one installation, and admission policies know the API by the name of its account. */}}

{{/* Labels of an object: (list . "api") */}}
{{- define "slipway.labels" -}}
{{- $top := index . 0 -}}
app.kubernetes.io/name: slipway
app.kubernetes.io/instance: {{ $top.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/version: {{ $top.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $top.Release.Service }}
helm.sh/chart: {{ $top.Chart.Name }}-{{ $top.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What selects pods; it never changes: (list . "api") */}}
{{- define "slipway.selector" -}}
app.kubernetes.io/name: slipway
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* An image: (list . .Values.api.image) */}}
{{- define "slipway.image" -}}
{{- $top := index . 0 -}}
{{- $image := index . 1 -}}
{{- $registry := $image.registry | default $top.Values.image.registry -}}
{{- $tag := $image.tag | default $top.Values.image.tag | default $top.Chart.AppVersion -}}
{{- if $registry }}{{ $registry }}/{{ end }}{{ $image.repository }}:{{ $tag }}
{{- end -}}

{{/* Pod Security `restricted`: (dict "user" 65532) */}}
{{- define "slipway.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user }}
runAsGroup: {{ .user }}
fsGroup: {{ .user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "slipway.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "slipway.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Where pods of a component go: (list . "api" .Values.api). Replicas on different nodes where that is possible. */}}
{{- define "slipway.placement" -}}
{{- $settings := index . 2 -}}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "slipway.selector" (list (index . 0) (index . 1)) | nindent 14 }}
{{- with $settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The Secret and key of the database's URL, as an env source. */}}
{{- define "slipway.databaseUrl" -}}
secretKeyRef:
  {{- if eq .Values.database.kind "external" }}
  name: {{ .Values.database.external.secretName }}
  key: {{ .Values.database.external.secretKey }}
  {{- else if eq .Values.database.kind "cloudnativepg" }}
  name: slipway-database-app
  key: uri
  {{- else }}
  name: slipway-database
  key: url
  {{- end }}
{{- end -}}

{{/* A token for the operator's internal endpoint. */}}
{{- define "slipway.operatorToken" -}}
name: operator-token
projected:
  sources:
    - serviceAccountToken:
        audience: slipway-operator
        expirationSeconds: 3600
        path: token
{{- end -}}

{{/* The token for Kubernetes, for pods of which only one container shall have it. */}}
{{- define "slipway.kubernetesToken" -}}
name: kubernetes-token
projected:
  sources:
    - serviceAccountToken:
        expirationSeconds: 3607
        path: token
    - configMap:
        name: kube-root-ca.crt
        items:
          - key: ca.crt
            path: ca.crt
    - downwardAPI:
        items:
          - path: namespace
            fieldRef:
              fieldPath: metadata.namespace
{{- end -}}

{{- define "slipway.publicUrl" -}}
{{- if .Values.publicUrl }}{{ trimSuffix "/" .Values.publicUrl }}
{{- else if ne .Values.expose.kind "none" }}https://{{ .Values.expose.host }}
{{- else }}http://127.0.0.1:8080
{{- end }}
{{- end -}}
