# apt.sh URL DIRECTORY: updates from a repository of one package, in a system of its own, and shows the package.
set -eu
umask 022
chmod 755 "$2"
mkdir -p "$2/lists/partial" "$2/cache/archives/partial" "$2/parts"
: >"$2/status"
echo "deb [trusted=yes] $1 ./" >"$2/sources.list"
options="-o Dir::Etc::sourcelist=$2/sources.list -o Dir::Etc::sourceparts=$2/parts -o Dir::State::lists=$2/lists
    -o Dir::State::status=$2/status -o Dir::Cache=$2/cache -o Acquire::Retries=0 -o APT::Update::Error-Mode=any
    -o APT::Update::Post-Invoke= -o APT::Update::Post-Invoke-Success="
apt-get $options update
apt-cache $options show chainmend-page
