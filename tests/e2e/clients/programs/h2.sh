# h2.sh URL DIRECTORY: posts a MiB of noise over HTTP/2 and compares what comes back. A client that offers both protocols may
# find itself on HTTP/1.1 on its first connection, which this server does not speak.
set -eu
head -c 1048576 /dev/urandom >"$2/sent"
if ! curl -sSv --http2 -o "$2/page" "$1/page.txt" 2>"$2/err" && grep 'HTTP/1.1 502' "$2/err"; then exit 1; fi
version=$(curl -sS --http2 -o "$2/back" -w '%{http_version}' --data-binary "@$2/sent" "$1/echo")
cmp "$2/sent" "$2/back"
echo "HTTP/$version, $(wc -c <"$2/back") bytes came back unchanged"
