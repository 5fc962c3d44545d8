kubectl apply -f nginx.yaml -f client.yaml -f policy.yaml
kubectl patch deployment client -p '{"spec":{"template":{"metadata":{"labels":{"role":"apiclient"}}}}}'
kubectl rollout status deployment nginx client --timeout=120s
