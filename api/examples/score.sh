#!/bin/sh
# Scores texts, a file, and a file as a job: score.sh reviews.csv
# REVIEWLENS is the server's address, REVIEWLENS_API_KEY an API key if the server requires one.
set -eu
server=${REVIEWLENS:-http://localhost:8000}
file=$1
ask() { curl -sS --fail-with-body -H "Authorization: Bearer ${REVIEWLENS_API_KEY:-none}" "$@"; }

# Texts: one score each, in order.
ask "$server/v1/score" -H 'Content-Type: application/json' -d '{"texts": ["Works as it should.", "Broke after two days."]}'

# A file: the same file, with three more columns.
ask "$server/v1/score" --data-binary "@$file"

# The report on the file.
ask "$server/v1/report" --data-binary "@$file"

# A file as a job. With the key, a repetition after a broken connection makes no second job.
job=$(ask "$server/v1/jobs" --data-binary "@$file" -H "Idempotency-Key: $(cksum <"$file")" -o /dev/null -w '%header{location}')
until ask "$server$job" | grep -q '"state":"finished"'; do
	if ask "$server$job" | grep '"state":"failed"'; then exit 1; fi
	sleep 1
done
ask "$server$job/result"
ask -X DELETE "$server$job"
