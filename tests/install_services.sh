#!/bin/sh
# Installs the real services the tests talk to where it can (root on Debian); else says what will be skipped.
set -eu

need_program() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }

missing=""
need_program redis-server redis-server
need_program chromium chromium
need_program prometheus prometheus
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
need_program ffmpeg ffmpeg
need_program gst-launch-1.0 gstreamer1.0-tools
/usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' >/dev/null 2>&1 ||
  missing="$missing gir1.2-gst-rtsp-server-1.0 python3-gi"
for plugins in base good bad ugly; do
  dpkg -s "gstreamer1.0-plugins-$plugins" >/dev/null 2>&1 || missing="$missing gstreamer1.0-plugins-$plugins"
done
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing for the tests:$missing"
  # The packages must not start servers of their own: the tests start and stop theirs.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get update -q >/dev/null
  # shellcheck disable=SC2086 # the list is meant to be split
  apt-get install -y -q --no-install-recommends $missing >/dev/null
else
  echo "these are missing, and the tests that need them will be skipped:$missing" >&2
  echo "to enable them on Debian or Ubuntu: sudo apt-get install$missing" >&2
  [ "${CI:-}" != true ] || exit 1
fi
