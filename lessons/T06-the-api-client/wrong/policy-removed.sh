# The page is readable again, by everybody.
kubectl apply -f nginx.yaml -f client.yaml
kubectl patch deployment client -p '{"spec":{"template":{"metadata":{"labels":{"role":"apiclient"}}}}}'
kubectl rollout status deployment/nginx --timeout=120s
kubectl rollout status deployment/client --timeout=120s
