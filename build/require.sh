#!/bin/sh
# Usage: require.sh TOOL...  One sentence for each tool that is missing, with the line that installs it.
missing=0
say() {
	echo "reviewlens needs $1; install it with: $2" >&2
	missing=1
}
for tool in "$@"; do
	case $tool in
	go)
		minor=$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
		[ "${minor:-0}" -ge 26 ] || say "Go 1.26 or newer" "the archive of go.dev/dl, unpacked to /usr/local/go"
		;;
	python3)
		python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
			say "Python 3.11 or newer with venv" "apt-get install python3 python3-venv"
		;;
	node)
		major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
		[ "${major:-0}" -ge 20 ] || say "Node 20 or newer" "apt-get install nodejs npm (or the archive of nodejs.org)"
		;;
	chromium)
		# The tests drive a real browser; as root on Debian it is installed here, else the line is said.
		if ! command -v chromium >/dev/null; then
			if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
				apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
			fi
			command -v chromium >/dev/null || say chromium "sudo apt-get install chromium"
		fi
		;;
	qemu-arm64)
		# An arm64 processor in software, and an arm64 C library for it.
		packages="qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross"
		if ! [ -e /usr/aarch64-linux-gnu/lib/libstdc++.so.6 ] || ! command -v qemu-aarch64-static >/dev/null; then
			if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
				# shellcheck disable=SC2086
				apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
			fi
			command -v qemu-aarch64-static >/dev/null || say "an arm64 emulator" "sudo apt-get install $packages"
		fi
		;;
	java) command -v java >/dev/null && command -v mvn >/dev/null || say "Java 17 and Maven" "apt-get install default-jre-headless maven" ;;
	gcc) command -v cc >/dev/null || command -v gcc >/dev/null || say "a C compiler" "apt-get install gcc libc6-dev" ;;
	*) command -v "$tool" >/dev/null || say "$tool" "apt-get install $tool" ;;
	esac
done
exit $missing
