{{- define "baichuan.name" -}}
{{- if .Values.nameOverride }}{{ .Values.nameOverride }}{{ else if contains "baichuan" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-baichuan" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "baichuan.selector" -}}
app.kubernetes.io/name: baichuan-cluster
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "baichuan.labels" -}}
{{ include "baichuan.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* An image: (list root image default-tag). */}}
{{- define "baichuan.image" -}}
{{- $root := index . 0 }}{{ $image := index . 1 -}}
{{- if $root.Values.image.registry }}{{ trimSuffix "/" $root.Values.image.registry }}/{{ end }}{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{/* Seconds as hh:mm:ss. */}}
{{- define "baichuan.time" -}}
{{- printf "%02d:%02d:%02d" (div (int .) 3600) (mod (div (int .) 60) 60) (mod (int .) 60) }}
{{- end }}

{{/* Pods of one replica. */}}
{{- define "baichuan.podsPerReplica" -}}
{{- $shards := mul .Values.replica.tensor .Values.replica.pipeline -}}
{{- $slots := int .Values.silo.slots -}}
{{- if and (ne 0 (int (mod $shards $slots))) (ne 0 (int (mod $slots $shards))) }}{{ fail (printf "replica.tensor * replica.pipeline is %d and silo.slots is %d: one must be a multiple of the other, so that replicas fill whole pods." (int $shards) $slots) }}{{ end -}}
{{- if gt $slots (int $shards) }}{{ fail (printf "silo.slots is %d, but a replica has %d shards: a pod holds one replica at the most, so that replicas come and go with pods." $slots (int $shards)) }}{{ end -}}
{{- div $shards $slots }}
{{- end }}

{{/* Replicas that the servers form when there are slots for them. */}}
{{- define "baichuan.maxReplicas" -}}
{{- if eq .Values.autoscaling.silo.scaler "none" }}{{ max 1 .Values.replica.count }}{{ else }}{{ .Values.autoscaling.silo.max }}{{ end }}
{{- end }}

{{- define "baichuan.tlsSecret" -}}
{{ .Values.tls.secret | default (printf "%s-tls" (include "baichuan.name" .)) }}
{{- end }}

{{- define "baichuan.internalTlsSecret" -}}
{{ .Values.internalTls.secret | default (printf "%s-internal-tls" (include "baichuan.name" .)) }}
{{- end }}

{{- define "baichuan.modelFolder" -}}
{{- if ne .Values.model.source "demo" }}/models{{ with .Values.model.folder }}/{{ . }}{{ end }}{{ end }}
{{- end }}

{{/* What a pod of this chart may do: nothing beyond computing. User 1654 is "app" of the .NET images. */}}
{{- define "baichuan.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "baichuan.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Head of every pod's spec. */}}
{{- define "baichuan.podSpec" -}}
serviceAccountName: {{ include "baichuan.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Grace period: preStop, draining, and ten seconds to end; the servers stop draining by themselves. */}}
{{- define "baichuan.ending" -}}
terminationGracePeriodSeconds: {{ add .Values.drainSeconds 20 }}
{{- end }}

{{/* Until endpoints have forgotten the pod, it goes on as before; then SIGTERM begins the drain. */}}
{{- define "baichuan.preStop" -}}
lifecycle:
  preStop:
    sleep: {seconds: 5}
{{- end }}

{{/* Settings that silos and gateways share. */}}
{{- define "baichuan.storeEnv" -}}
{{- if .Values.store.bundled }}
- name: REDIS_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .Values.secret }}, key: redis-password}}
- name: Silo__StoreConnection
  value: {{ include "baichuan.name" . }}-redis:6379,password=$(REDIS_PASSWORD)
{{- else }}
- name: Silo__StoreConnection
  valueFrom: {secretKeyRef: {name: {{ .Values.secret }}, key: store-connection}}
{{- end }}
{{- end }}

{{/* Volumes with the model: (dict "root" $ "weights" true). */}}
{{- define "baichuan.modelVolume" -}}
{{- $model := .root.Values.model }}
{{- if eq $model.source "pvc" }}
- name: model
  persistentVolumeClaim: {claimName: {{ $model.pvc.claim }}, readOnly: true}
{{- else if eq $model.source "image" }}
- name: model
  image: {reference: {{ $model.image.reference }}, pullPolicy: {{ .root.Values.image.pullPolicy }}}
{{- else if eq $model.source "mirror" }}
- name: model
  emptyDir: {sizeLimit: {{ if .weights }}{{ $model.mirror.storage }}{{ else }}1Gi{{ end }}}
{{- end }}
{{- end }}

{{- define "baichuan.modelMount" -}}
{{- if ne .Values.model.source "demo" }}
- {name: model, mountPath: /models, readOnly: true}
{{- end }}
{{- end }}

{{/* Fetches the model's files from an internal mirror: (dict "root" $ "weights" true). */}}
{{- define "baichuan.fetchModel" -}}
{{- $mirror := .root.Values.model.mirror }}
{{- if eq .root.Values.model.source "mirror" }}
  - name: fetch-model
    image: {{ include "baichuan.image" (list .root $mirror.image) }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    securityContext: {{- include "baichuan.containerSecurity" . | nindent 6 }}
    env:
      - {name: URL, value: {{ $mirror.url | quote }}}
      - {name: FOLDER, value: {{ include "baichuan.modelFolder" .root | quote }}}
    command: [sh, -ec]
    args:
      - |
        mkdir -p "$FOLDER"; cd "$FOLDER"
        fetch() {
          echo "$2  $1" | sha256sum -c - >/dev/null 2>&1 && return
          curl -fsS --retry 10 --retry-all-errors -o "$1" "$URL/$1"
          echo "$2  $1" | sha256sum -c -
        }
        {{- range $mirror.files }}
        {{- if or $.weights (not (hasSuffix ".safetensors" .name)) }}
        fetch {{ .name }} {{ .sha256 }}
        {{- end }}
        {{- end }}
    resources:
      requests: {cpu: 100m, memory: 64Mi}
      limits: {cpu: "1", memory: 256Mi}
    volumeMounts:
      - {name: model, mountPath: /models}
{{- end }}
{{- end }}

{{/* Probes by the native grpc kind, on a port that has nothing but health. Live: this process answers. Ready: its shards run, and it is not draining; of a
gateway: a replica is ready. Where silos scale from zero, gateways take requests before there is one. */}}
{{- define "baichuan.probes" -}}
startupProbe:
  grpc: {port: 8081{{ if .loadSeconds }}{{ else }}, service: live{{ end }}}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: {{ if .loadSeconds }}{{ div (add .loadSeconds 4) 5 }}{{ else }}24{{ end }}
livenessProbe:
  grpc: {port: 8081, service: live}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  grpc: {port: 8081{{ if .withoutReplica }}, service: live{{ end }}}
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{/* A StatefulSet of silos: (dict "root" $ "role" "silo" "slots" 1). Parallel start; a name and an address of its own for each pod. */}}
{{- define "baichuan.siloSet" -}}
{{- $root := .root }}{{ $values := .root.Values }}{{ $hasSlots := gt (int .slots) 0 }}
{{- $name := printf "%s-%s" (include "baichuan.name" .root) .role }}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  labels:
    {{- include "baichuan.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
spec:
  {{- if not (and $hasSlots (ne $values.autoscaling.silo.scaler "none")) }}
  replicas: {{ if $hasSlots }}{{ mul $values.replica.count (include "baichuan.podsPerReplica" $root) }}{{ else }}{{ $values.control.count }}{{ end }}
  {{- end }}
  serviceName: {{ include "baichuan.name" $root }}-silos
  podManagementPolicy: Parallel
  minReadySeconds: 10
  updateStrategy:
    type: RollingUpdate
    rollingUpdate: {partition: 0{{ if $hasSlots }}, maxUnavailable: {{ $values.silo.maxUnavailable }}{{ end }}}
  selector:
    matchLabels:
      {{- include "baichuan.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
  template:
    metadata:
      labels:
        {{- include "baichuan.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .role }}
        baichuan/silo: "true"
      annotations:
        baichuan/settings: {{ include (print $root.Template.BasePath "/settings.yaml") $root | sha256sum }}
        {{- with $values.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      {{- include "baichuan.podSpec" $root | nindent 6 }}
      {{- include "baichuan.ending" $root | nindent 6 }}
      securityContext: {{- include "baichuan.podSecurity" $root | nindent 8 }}
      {{- if $hasSlots }}
      {{- with $values.silo.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $values.silo.gpu.runtimeClassName }}
      runtimeClassName: {{ . }}
      {{- end }}
      {{- with $values.silo.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.silo.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- with $values.silo.spread }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "baichuan.selector" $root | nindent 14 }}
              app.kubernetes.io/component: {{ $.role }}
      {{- end }}
      {{- $makesTables := and (not $hasSlots) (eq $values.store.kind "postgres") }}
      {{- if or $makesTables (eq $values.model.source "mirror") }}
      initContainers:
        {{- if $makesTables }}
        - name: make-tables
          image: {{ include "baichuan.image" (list $root $values.image.silo) }}
          imagePullPolicy: {{ $values.image.pullPolicy }}
          args: [postgres-schema, --apply]
          securityContext: {{- include "baichuan.containerSecurity" $root | nindent 12 }}
          env: {{- include "baichuan.storeEnv" $root | nindent 12 }}
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {cpu: "1", memory: 256Mi}
        {{- end }}
        {{- include "baichuan.fetchModel" (dict "root" $root "weights" true) | nindent 6 }}
      {{- end }}
      containers:
        - name: silo
          image: {{ include "baichuan.image" (list $root $values.image.silo) }}
          imagePullPolicy: {{ $values.image.pullPolicy }}
          args: [silo]
          securityContext: {{- include "baichuan.containerSecurity" $root | nindent 12 }}
          envFrom:
            - configMapRef: {name: {{ include "baichuan.name" $root }}-settings}
          env:
            - {name: Silo__Name, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: Silo__Address, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: Slots__DataAddress, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: Slots__Count, value: {{ .slots | quote }}}
            - {name: Silo__AdmitsGateways, value: {{ not $hasSlots | quote }}}
            {{- if not $hasSlots }}
            {{- /* It computes nothing: what it does for the first time when it takes over should be compiled fast, not well. */}}
            - {name: DOTNET_TieredCompilation, value: "1"}
            {{- end }}
            - {name: Sessions__Keys__chart, valueFrom: {secretKeyRef: {name: {{ $values.secret }}, key: session-key}}}
            {{- include "baichuan.storeEnv" $root | nindent 12 }}
          ports:
            - {name: silo, containerPort: 11111}
            {{- if not $hasSlots }}
            - {name: orleans, containerPort: 30000}
            {{- end }}
            - {name: data, containerPort: 7070}
            - {name: vital, containerPort: 7071}
            - {name: health, containerPort: 8081}
            - {name: metrics, containerPort: 9090}
          {{- include "baichuan.probes" (dict "loadSeconds" (ternary $values.silo.loadSeconds 0 $hasSlots)) | nindent 10 }}
          {{- include "baichuan.preStop" $root | nindent 10 }}
          resources:
            {{- if $hasSlots }}
            {{- range $kind, $amounts := $values.silo.resources }}
            {{ $kind }}:
              {{- toYaml $amounts | nindent 14 }}
              {{- if $values.silo.gpu.enabled }}
              {{ $values.silo.gpu.resource }}: {{ $values.silo.slots | quote }}
              {{- end }}
            {{- end }}
            {{- else }}
            {{- toYaml $values.control.resources | nindent 12 }}
            {{- end }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: shm, mountPath: /dev/shm}
            {{- if $values.internalTls.enabled }}
            - {name: internal-tls, mountPath: /internal-tls, readOnly: true}
            {{- end }}
            {{- include "baichuan.modelMount" $root | nindent 12 }}
      volumes:
        - name: tmp
          emptyDir: {sizeLimit: 64Mi}
        - name: shm
          emptyDir: {medium: Memory, sizeLimit: {{ $values.silo.sharedMemoryMiB }}Mi}
        {{- if $values.internalTls.enabled }}
        - name: internal-tls
          secret: {secretName: {{ include "baichuan.internalTlsSecret" $root }}, defaultMode: 0440}
        {{- end }}
        {{- include "baichuan.modelVolume" (dict "root" $root "weights" true) | nindent 8 }}
{{- end }}

{{/* What selects this release's series; see the PodMonitor. */}}
{{- define "baichuan.series" -}}
baichuan_cluster="{{ include "baichuan.name" . }}"
{{- end }}
