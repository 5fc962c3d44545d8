# The same meaning in one policy a pod, spelled otherwise.
kubectl apply -f examples/allowed.yaml -f examples/denied.yaml -f examples/service.yaml -f examples/target.yaml
cat <<'EOF' | kubectl apply -f -
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: callers-closed}
spec:
  podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [target]}]}
  ingress: []
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: target}
spec:
  podSelector: {matchLabels: {app: target}}
  ingress: [{from: [{podSelector: {matchExpressions: [{key: allowed, operator: Exists}]}}]}]
EOF
kubectl wait --for=condition=Available deployment --all --timeout=120s
kubectl exec deploy/allowed -- /bin/sh -c "echo 'hello there target!' | nc -w 5 target 2345"
