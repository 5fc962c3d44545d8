# The allowing policy is missing: nobody gets through.
kubectl apply -f examples/
kubectl wait --for=condition=Available deployment --all --timeout=120s
kubectl exec deploy/allowed -- /bin/sh -c "echo 'hello there target!' | nc -w 5 target 2345"
kubectl delete -f examples/policy-allow.yaml
