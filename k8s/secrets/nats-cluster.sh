#!/bin/sh
# Makes the certificates with which NATS servers know each other: ./nats-cluster.sh DIR [HOST …]
#
# The authority's key is thrown away: to add a server or when they end (in two years), make all of them anew.
set -eu
[ $# -gt 0 ] || { echo "Name the folder that the secrets are in." >&2; exit 2; }
folder=$1/nats-cluster
shift
[ $# -gt 0 ] || set -- nats-0.nats-nodes nats-1.nats-nodes nats-2.nats-nodes
[ ! -e "$folder" ] || { echo "$folder is there already; nothing was changed." >&2; exit 1; }

umask 077
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=
for host in "$@"; do
    names="$names${names:+,}DNS:$host"
done

key() { openssl ecparam -name prime256v1 -genkey -noout; }

key >"$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -sha256 -days 731 -subj "/CN=NATS of Plaanet" \
    -addext keyUsage=critical,keyCertSign -out "$folder/ca.crt"
key >"$folder/tls.key"
openssl req -new -key "$folder/tls.key" -subj /CN=nats -out "$work/request"
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=critical,digitalSignature\n' "$names" >"$work/uses"
openssl x509 -req -in "$work/request" -CA "$folder/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -sha256 -days 730 \
    -extfile "$work/uses" -out "$folder/tls.crt" 2>/dev/null
echo "Certificates for $* are in $folder, for two years."
