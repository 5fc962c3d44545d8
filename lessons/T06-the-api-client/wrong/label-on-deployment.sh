kubectl apply -f nginx.yaml -f client.yaml -f policy.yaml
kubectl rollout status deployment/nginx --timeout=120s
kubectl rollout status deployment/client --timeout=120s
kubectl label deployment client role=apiclient
