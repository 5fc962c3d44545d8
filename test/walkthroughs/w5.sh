# Egress from a backend: two rules, or too much is open.
NS=project-snake
kubectl create namespace $NS > /dev/null
for app in backend:x db1:25 db2:23 vault:22; do
  name=${app%:*}; last=${app#*:}
  case $name in db1) text="database one";; db2) text="database two";; *) text="vault secret storage";; esac
  cat <<EOF
apiVersion: v1
kind: Pod
metadata:
  name: $name-0
  namespace: $NS
  labels: {app: $name}
  annotations: $( [ $last = x ] && echo '{}' || echo "{cni.projectcalico.org/ipAddrs: '[\"10.244.9.$last\"]'}" )
spec:
  containers:
  - name: main
    image: nicolaka/netshoot
    command: [bash, -c, "for p in 1111 2222 3333; do (while true; do printf 'HTTP/1.1 200 OK\\\\r\\\\nContent-Length: ${#text}\\\\r\\\\n\\\\r\\\\n$text' | nc -N -l \$p > /dev/null; done) & done; wait"]
---
EOF
done | kubectl apply -f - > /dev/null
kubectl -n $NS wait --for=condition=Ready pod --all --timeout=120s > /dev/null
kubectl -n $NS get pod -L app --no-headers | awk '{print $1, $3, $NF}'
try() { kubectl -n $NS exec backend-0 -- curl -s -m 3 10.244.9.$1 || echo " [$?]"; }
policy() {
  kubectl apply -f - <<EOF
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np-backend, namespace: $NS}
spec:
  podSelector: {matchLabels: {app: backend}}
  policyTypes: [Egress]
  egress:
$1
EOF
}
try 25:1111; echo; try 23:2222; echo; try 22:3333; echo
policy '  - to: [{podSelector: {matchLabels: {app: db1}}}, {podSelector: {matchLabels: {app: db2}}}]
    ports: [{port: 1111}, {port: 2222}]'
try 23:1111; echo
policy '  - {to: [{podSelector: {matchLabels: {app: db1}}}], ports: [{port: 1111}]}
  - {to: [{podSelector: {matchLabels: {app: db2}}}], ports: [{port: 2222}]}'
try 25:1111; echo; try 23:2222; echo; try 23:1111 2>&1; try 22:3333 2>&1
