# NGINX and the api client: the label belongs into the Deployment's template.
kubectl create deployment nginx --image=nginx > /dev/null
kubectl patch deployment nginx --type=json -p '[{"op":"replace","path":"/spec/selector/matchLabels/app","value":"x"}]' 2>&1 | grep -o 'field is immutable'
kubectl delete deployment nginx > /dev/null
cat > nginx.yaml <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata: {name: nginx}
spec:
  selector: {matchLabels: {app: nginx-app}}
  template:
    metadata: {labels: {app: nginx-app}}
    spec: {containers: [{name: nginx, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: nginx}
spec: {selector: {app: nginx-app}, ports: [{port: 80}]}
EOF
cat > client.yaml <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata: {name: client}
spec:
  selector: {matchLabels: {app: client}}
  template:
    metadata:
      labels:
        app: client
    spec: {containers: [{name: client, image: busybox, command: [sleep, "3600"]}]}
EOF
kubectl apply -f nginx.yaml -f client.yaml
kubectl rollout status deploy/nginx > /dev/null; kubectl rollout status deploy/client > /dev/null
kubectl exec deploy/client -- wget -qO- --timeout=2 http://nginx | grep title
kubectl apply -f - <<'EOF'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api}
spec:
  podSelector: {matchLabels: {app: nginx-app}}
  ingress: [{from: [{podSelector: {matchLabels: {role: apiclient}}}]}]
EOF
kubectl exec deploy/client -- wget -qO- --timeout=2 http://nginx 2>&1
kubectl label deployment client role=apiclient
kubectl exec deploy/client -- wget -qO- --timeout=2 http://nginx 2>&1 | head -1
sed -i 's/^        app: client/&\n        role: apiclient/' client.yaml
kubectl apply -f client.yaml
kubectl rollout status deploy/client > /dev/null
kubectl exec deploy/client -- wget -qO- --timeout=2 http://nginx | grep title
kubectl run -i --rm --restart=Never --labels=role=apiclient --image=busybox:1.30 tmp -- wget -qO- --timeout=2 http://nginx 2>/dev/null | grep -c nginx
