{{/* Fills .Values with the defaults of the profile: whatever a person or values.yaml sets stands. Every template begins with it.
     `merge` of Sprig would take a false or a 0 for "not set". */}}
{{- define "slipway.profile" -}}
{{- $defaults := .Files.Get (printf "profiles/%s.yaml" .Values.profile) | fromYaml -}}
{{- include "slipway.fill" (list .Values $defaults) -}}
{{- if and .Values.api.enabled (eq .Values.database.kind "external") (not .Values.database.external.secretName) -}}
{{- fail "database.kind external needs database.external.secretName: a Secret with postgres://user:password@host:port/database (or set database.kind to cloudnativepg)" -}}
{{- end -}}
{{- end -}}

{{- define "slipway.fill" -}}
{{- $have := index . 0 -}}
{{- range $key, $default := index . 1 -}}
{{- $value := get $have $key -}}
{{- if or (not (hasKey $have $key)) (kindIs "invalid" $value) -}}
{{- $_ := set $have $key $default -}}
{{- else if and (kindIs "map" $value) (kindIs "map" $default) -}}
{{- include "slipway.fill" (list $value $default) -}}
{{- end -}}
{{- end -}}
{{- end -}}
