{{/* Where a rule leads to: `to:` with the cidrs, or everywhere but what is closed: (list cidrs closed) */}}
{{- define "slipway.to" -}}
{{- $cidrs := index . 0 -}}
{{- $closed := index . 1 -}}
{{- if $cidrs }}
to:
  {{- range $cidrs }}
  - ipBlock:
      cidr: {{ . }}
  {{- end }}
{{- else if $closed }}
to:
  {{- range $everything, $colon := dict "0.0.0.0/0" false "::/0" true }}
  - ipBlock:
      cidr: {{ $everything | quote }}
      {{- $except := list }}
      {{- range $closed }}{{ if eq $colon (contains ":" .) }}{{ $except = append $except . }}{{ end }}{{ end }}
      {{- with $except }}
      except:
        {{- toYaml . | nindent 8 }}
      {{- end }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "slipway.egressDns" -}}
- to:
    - namespaceSelector:
        {{- toYaml .Values.networkPolicy.dns.namespaceSelector | nindent 8 }}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end -}}

{{/* kube-apiserver, never at Proxmox VE's addresses. */}}
{{- define "slipway.egressKubernetes" -}}
- ports:
    {{- range .Values.networkPolicy.kubernetes.ports }}
    - {protocol: TCP, port: {{ int . }}}
    {{- end }}
  {{- include "slipway.to" (list .Values.networkPolicy.kubernetes.cidrs .Values.networkPolicy.proxmox.cidrs) | nindent 2 }}
{{- end -}}

{{/* A pod of ours: (list . "operator" 8090) */}}
{{- define "slipway.egressComponent" -}}
- to:
    - podSelector:
        matchLabels:
          {{- include "slipway.selector" (list (index . 0) (index . 1)) | nindent 10 }}
  ports:
    - {protocol: TCP, port: {{ index . 2 }}}
{{- end -}}

{{- define "slipway.egressDatabase" -}}
{{- if eq .Values.database.kind "bundled" }}
{{- include "slipway.egressComponent" (list . "postgresql" 5432) }}
{{- else if eq .Values.database.kind "cloudnativepg" -}}
- to:
    - podSelector:
        matchLabels:
          cnpg.io/cluster: slipway-database
  ports:
    - {protocol: TCP, port: 5432}
{{- else if eq .Values.database.kind "external" -}}
- ports:
    - {protocol: TCP, port: {{ int .Values.networkPolicy.database.port }}}
  {{- include "slipway.to" (list .Values.networkPolicy.database.cidrs .Values.networkPolicy.proxmox.cidrs) | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Pods of ours that may come in: (list . "api" "test") */}}
{{- define "slipway.from" -}}
{{- $top := first . -}}
{{- range rest . }}
- podSelector:
    matchLabels:
      {{- include "slipway.selector" (list $top .) | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "slipway.scrapers" -}}
{{- if .Values.networkPolicy.scrapers }}
{{- toYaml .Values.networkPolicy.scrapers }}
{{- else -}}
- namespaceSelector: {}
{{- end }}
{{- end -}}
