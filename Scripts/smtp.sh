# Sourced by ./test: a mail server of one's own (aiosmtpd), on free ports of the loopback interface,
# gone with the script that started it. Needs Scripts/environment.sh.
#
#   find_smtp          fetches it once, or fails when there is none to start
#   start_smtp DIR     starts it with its letters and its certificate in DIR; sets `smtp_port`,
#                      `smtp_starttls_port`, `smtp_tls_port`, `smtp_ca`, `smtp_letters`
#   stop_smtp          stops it, by its process id

smtp_version=1.4.6
smtp_pid=

# What it is made of, with SHA-256; all of it is Python, the same for every machine.
smtp_wheels=(
  aiosmtpd==1.4.6:72c99179ba5aa9ae0abbda6994668239b64a5ce054471955fe75f581d2592475
  atpublic==9.0.0:449c3c4f0c74df79749d6fe225ba55e2a2fce34b303f0329211e4d6989ed6f6e
  attrs==26.1.0:c647aa4a12dfbad9333ca4e71fe62ddc36f4e63b2d260a37a8b83d2f043ac309
)

find_smtp() {
  command -v openssl >/dev/null || return 1
  fetched smtp "$smtp_version" fetch_smtp
}

fetch_smtp() { # SCRATCH
  local entry
  say "Fetching aiosmtpd $smtp_version for tests (0.3 MB) …"
  for entry in "${smtp_wheels[@]}"; do
    unpack_wheel "${entry%%:*}" "${entry##*:}" "$1" "$deps/smtp" || return 1
  done
}

start_smtp() { # DIR
  smtp_letters=$1/letters
  smtp_ca=$1/certificate.pem
  mkdir -p "$smtp_letters"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$1/key.pem" -out "$smtp_ca" 2>/dev/null || return 1
  mkfifo "$1/ports"
  PYTHONPATH=$deps/smtp setsid python3 "$root/Scripts/smtp-server.py" "$1" "$1/ports" \
    > "$1/server.log" 2>&1 &
  smtp_pid=$!
  # It says its ports once it takes connections.
  exec 8<>"$1/ports"
  if read -r -t 60 -u 8 smtp_port smtp_starttls_port smtp_tls_port; then
    exec 8>&-
    return 0
  fi
  exec 8>&-
  cat "$1/server.log" >&2
  stop_smtp
  return 1
}

stop_smtp() {
  [ -n "$smtp_pid" ] || return 0
  kill -KILL "$smtp_pid" 2>/dev/null || true
  wait "$smtp_pid" 2>/dev/null || true
  smtp_pid=
}
