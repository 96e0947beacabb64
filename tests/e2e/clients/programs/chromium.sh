# chromium.sh URL DIRECTORY: the page as the browser shows it, from a profile of its own whose NSS database trusts the CA.
set -eu
export HOME=$2
mkdir -p "$2/.pki/nssdb"
certutil -N -d "sql:$2/.pki/nssdb" --empty-password
certutil -A -d "sql:$2/.pki/nssdb" -n chainmend -t C,, -i "$NODE_EXTRA_CA_CERTS"
chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking \
    --disable-component-update --disable-sync --no-first-run \
    --user-data-dir="$2/profile" --proxy-server="$HTTPS_PROXY" --dump-dom "$1" 2>"$2/err" >"$2/dom" || { cat "$2/err" >&2; exit 1; }
# The page that is shown instead of a refused server is plain text or HTML: tags in it would split its sentence.
sed 's/<[^>]*>//g' "$2/dom"
cat "$2/err"
grep -q 'hello from' "$2/dom"
