# Restricting network connectivity: deny all, allow by label, read the target's log.
mkdir -p examples
pods() {
  cat <<EOF
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1$2}}
    spec: {containers: [{name: main, image: $3, command: [/bin/sh, -c, "$4"]}]}
EOF
}
pods target "" busybox "while true; do nc -l -p 1234; done" > examples/1-target.yaml
cat > examples/2-service.yaml <<'EOF'
apiVersion: v1
kind: Service
metadata: {name: target}
spec: {selector: {app: target}, ports: [{port: 2345, targetPort: 1234}]}
EOF
cat > examples/3-deny.yaml <<'EOF'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all}
spec: {podSelector: {}, policyTypes: [Ingress]}
EOF
cat > examples/4-allow.yaml <<'EOF'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: allow}
spec:
  podSelector: {matchLabels: {app: target}}
  ingress: [{from: [{podSelector: {matchExpressions: [{key: allowed, operator: Exists}]}}]}]
EOF
pods allowed ', allowed: "yes"' alpine "sleep 3600" > examples/5-allowed.yaml
pods denied "" busybox "sleep 3600" > examples/6-denied.yaml

kubectl apply -f examples/
kubectl wait --for=condition=Available deployment --all --timeout=120s > /dev/null
kubectl logs $(kubectl get pods --selector=app=target -o jsonpath='{.items[0].metadata.name}') -f > stream.log &
kubectl exec $(kubectl get pods --selector=app=allowed -o jsonpath='{.items[0].metadata.name}') -- /bin/sh -c "echo 'hello there target!' | nc -v target 2345" 2>&1 | sed -E 's/10\.[0-9.]+/IP/g'
sleep 1; cat stream.log
SECONDS=0
kubectl exec $(kubectl get pods --selector=app=denied -o jsonpath='{.items[0].metadata.name}') -- /bin/sh -c "echo 'hello there target!' | nc -v target 2345" 2>&1 | sed -E 's/10\.[0-9.]+/IP/g'
[ $SECONDS -ge 120 ] && [ $SECONDS -le 135 ] && echo "gave up after about two minutes"
kubectl exec deploy/denied -- nc -v -w 2 target 2345 > /dev/null 2>&1; echo "exit $?"
kubectl delete -f examples/
wait; echo "the stream has ended with $(wc -l < stream.log) line"
