kubectl apply -f examples/
kubectl wait --for=condition=Available deployment --all --timeout=120s
kubectl exec "$(kubectl get pods --selector=app=allowed -o jsonpath='{.items[0].metadata.name}')" -- \
  /bin/sh -c "echo 'hello there target!' | nc -v -w 5 target 2345"
