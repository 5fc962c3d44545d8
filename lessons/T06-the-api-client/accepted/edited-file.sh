kubectl apply -f nginx.yaml -f client.yaml -f policy.yaml
kubectl rollout status deployment/client --timeout=120s
sed -i 's/^        app: client$/        app: client\n        role: apiclient/' client.yaml
kubectl apply -f client.yaml
kubectl rollout status deployment/client --timeout=120s
kubectl rollout status deployment/nginx --timeout=120s
