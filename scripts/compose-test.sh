#!/usr/bin/env bash
# Tries docker-compose.yml for real, on a machine that reaches no image registry: builds both images, starts
# them with docker-compose, and checks what a person would. Takes a quarter of an hour, most of it the build.
#
# Needs root, this machine's Rust toolchain, curl, and: apt-get install docker.io docker-compose debootstrap
# The base image is made here: Debian with a C compiler and the toolchain.
# An argument is a command that is run once both serve; the link for the first account is in LINK.
# Everything is kept in COMPOSE_TEST_DIR (default: a new folder), so that a second run is quicker.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=${COMPOSE_TEST_DIR:-$(mktemp -d)}
mkdir -p "$work"
export COMPOSE_PROJECT_NAME=compose-test COMPOSE_FILE="docker-compose.yml:$work/override.yml"
export DOCKER_HOST="unix://$work/docker.sock" DOCKER_BUILDKIT=0

say() { printf '\n== %s\n' "$*"; }
fail() {
    say "FAILED: $*"
    exit 1
}

# Waits for a command to succeed, at most so many seconds.
wait_for() {
    local seconds=$1 end
    shift
    end=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "waited $seconds s in vain for: $*"
        sleep 1
    done
}

start_engine() {
    say "engine in $work"
    dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" -H "$DOCKER_HOST" \
        >"$work/dockerd.log" 2>&1 &
    engine=$!
    wait_for 60 docker info
}

clean_up() {
    docker-compose down --volumes --timeout 5 >/dev/null 2>&1 || true
    kill "$engine" && wait "$engine" || true
}

# The image that builds, where it is not there yet.
base_image() {
    local root="$work/build"
    say 'base image'
    if ! docker image inspect build-base >/dev/null 2>&1; then
        [[ -d $root/etc ]] || debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,pkg-config \
            bookworm "$root" >"$work/build.log"
        cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
        mkdir -p "$root/opt/rust"
        cp -a "$(rustc --print sysroot)"/{bin,lib} "$root/opt/rust/"
        tar -C "$root" -c . | docker import \
            -c 'ENV PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
            -c 'ENV CARGO_HOME=/opt/cargo' -c 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' - build-base
    fi
    local build='{args: {RUST_IMAGE: build-base}, network: host}'
    printf 'services:\n  issuer:\n    build: %s\n  resource:\n    build: %s\n' "$build" "$build" >"$work/override.yml"
}

# Nothing but the program and what it needs.
check_size() {
    local name=$1 bytes
    bytes=$(docker image inspect --format '{{.Size}}' "compose-test_$name")
    echo "the image of $name has $((bytes / 1000000)) MB"
    ((bytes <= 40000000)) || fail "the image of $name is larger than 40 MB"
}

is_healthy() {
    [[ $(docker inspect --format '{{.State.Health.Status}}' "$(docker-compose ps -q "$1")") == healthy ]]
}

check_service() {
    local name=$1 id status
    id=$(docker-compose ps -q "$name")
    [[ $(docker inspect --format '{{.HostConfig.ReadonlyRootfs}}' "$id") == true ]] || fail "$name can write everywhere"
    status=/proc/$(docker inspect --format '{{.State.Pid}}' "$id")/status
    grep -q '^Uid:[[:space:]]*10001[[:space:]]*10001' "$status" || fail "$name does not run as its own user"
    grep -q '^CapEff:[[:space:]]*0*$' "$status" || fail "$name has capabilities"
    grep -q '^NoNewPrivs:[[:space:]]*1$' "$status" || fail "$name can get new privileges"
}

check_pair() {
    say 'checks'
    wait_for 120 is_healthy issuer
    wait_for 120 is_healthy resource
    check_service issuer
    check_service resource
    check_size issuer
    check_size resource
    local metadata challenge
    metadata=$(curl -fsS http://localhost:8080/.well-known/oauth-authorization-server)
    grep -q '"issuer":"http://localhost:8080"' <<<"$metadata" || fail "metadata: $metadata"
    # Ready means that the keys were fetched inside the network, under another name than the public one.
    curl -fsS http://localhost:8081/readyz || fail 'the resource server is not ready'
    challenge=$(curl -sS -i -X POST http://localhost:8081/mcp)
    grep -qi '^www-authenticate: Bearer .*resource_metadata=' <<<"$challenge" || fail "no challenge: $challenge"
}

setup_link() {
    docker-compose logs --no-color issuer | sed -n 's/.*setup-link: //p' | tail -n 1
}

trap clean_up EXIT
start_engine
base_image
docker-compose config -q
say 'build and start'
docker-compose up -d --build
check_pair
link=$(setup_link)
[[ $link == http://localhost:8080/* ]] || fail "no setup link in the log: $link"
page=$(curl -fsS "$link")
grep -q '<form' <<<"$page" || fail "the setup link shows no form: $page"

if [[ -n ${1:-} ]]; then
    say "further check: $1"
    LINK=$link bash -c "$1"
fi

say 'an account, then a restart: it is found again, with the same keys'
keys=$(curl -fsS http://localhost:8080/.well-known/jwks.json)
docker-compose exec -T issuer issuer user add alice --password-stdin <<<'correct horse battery staple'
began=$SECONDS
docker-compose restart --timeout 12
((SECONDS - began < 12)) || fail 'a program had to be killed'
check_pair
[[ $(curl -fsS http://localhost:8080/.well-known/jwks.json) == "$keys" ]] || fail 'other keys'
[[ $(docker-compose exec -T issuer issuer user list) == *alice* ]] || fail 'the account is gone'

say 'passed'
