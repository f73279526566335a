#!/usr/bin/env bash
# Installs what Penstock needs to build, run and test on Debian 12 or Ubuntu 24.04: system packages (with sudo when not
# root) and the pinned Python environments. Safe to repeat: what is there already is not touched.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(g++ make cmake ninja-build ccache mold git ca-certificates
  libssl-dev libsqlite3-dev libpugixml-dev libyaml-cpp-dev libarchive-dev libhowardhinnant-date-dev
  libfmt-dev libcli11-dev libxxhash-dev libgtest-dev libpcre2-dev libeigen3-dev zlib1g-dev pkg-config
  python3 python3-venv python3-pip wrk sqlite3)
# Debian 12's default Boost is 1.74; it has 1.81 beside it. Ubuntu 24.04 and later Debians have a newer one as the default.
if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then packages+=(libboost1.81-dev); else packages+=(libboost-dev); fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { echo "setup: install these with your package manager, then run again: ${missing[*]}" >&2; exit 1; }
  sudo=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "setup: run as root, or install sudo: ${missing[*]} are missing" >&2; exit 1; }
    sudo=sudo
  fi
  echo "setup: installing ${missing[*]}"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
scripts/python_environment.sh runtimes/scikit-learn.txt >/dev/null
scripts/python_environment.sh runtimes/kit.txt >/dev/null
