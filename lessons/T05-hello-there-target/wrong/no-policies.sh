# Everything but the two policies: the denied pod gets through.
kubectl apply -f examples/allowed.yaml -f examples/denied.yaml -f examples/service.yaml -f examples/target.yaml
kubectl wait --for=condition=Available deployment --all --timeout=120s
kubectl exec deploy/allowed -- /bin/sh -c "echo 'hello there target!' | nc -w 5 target 2345"
