# One policy an errand, with expressions instead of labels and a range of one port.
kubectl apply -f - <<'EOF'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: to-db1, namespace: project-snake}
spec:
  podSelector: {matchExpressions: [{key: app, operator: In, values: [backend]}]}
  policyTypes: [Egress]
  egress:
    - to: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [db1]}]}}]
      ports: [{port: 1111, endPort: 1111}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: to-db2, namespace: project-snake}
spec:
  podSelector: {matchLabels: {app: backend}}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: project-snake}}
          podSelector: {matchLabels: {app: db2}}
      ports: [{protocol: TCP, port: 2222}]
EOF
