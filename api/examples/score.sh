#!/bin/sh
# Scores texts, a file, and a file that is left to a job: score.sh reviews.csv
# REVIEWLENS is the server's address, REVIEWLENS_API_KEY an API key where it wants one.
set -eu
server=${REVIEWLENS:-http://localhost:8000}
file=$1
ask() { curl -sS --fail-with-body -H "Authorization: Bearer ${REVIEWLENS_API_KEY:-none}" "$@"; }

# Texts: a score each, in order.
ask "$server/v1/score" -H 'Content-Type: application/json' -d '{"texts": ["Works as it should.", "Broke after two days."]}'

# A file: the same file, with three columns more.
ask "$server/v1/score" --data-binary "@$file"

# What the file says, and why.
ask "$server/v1/report" --data-binary "@$file"

# A file that nobody waits for. With the key, sending it again after a broken connection makes no second job.
job=$(ask "$server/v1/jobs" --data-binary "@$file" -H "Idempotency-Key: $(cksum <"$file")" -o /dev/null -w '%header{location}')
until ask "$server$job" | grep -q '"state":"finished"'; do
	if ask "$server$job" | grep '"state":"failed"'; then exit 1; fi
	sleep 1
done
ask "$server$job/result"
ask -X DELETE "$server$job"
