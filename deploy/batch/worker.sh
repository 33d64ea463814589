#!/bin/sh
# Scores files of JSON lines beside other workers, without any engine: one job of an AWS Batch array,
# a pod, or a process on a machine.
#
#   COUNT=8 INDEX=3 worker.sh files.txt s3://bucket/scored/
#
# files.txt names a file a line, as a path or s3:// address; this worker takes each COUNT-th of them,
# from the INDEX-th on, counted from 0 (AWS_BATCH_JOB_ARRAY_INDEX, if that is set). A line of a file
# is {"id": ..., "text": "...", "title": "..."}, and gives a line with the same id: see
# `reviewlens pipe -h`. A file's scores appear under its name, whole or not at all, and a file whose
# scores are there is left alone, so a worker that died is simply run again. MODEL and MODEL_ID name a
# model (pipe's -model and -model-id); REVIEWLENS is the program, if it is not on the PATH.
set -eu

[ $# -eq 2 ] || { echo "usage: COUNT=n INDEX=i worker.sh FILES OUTPUT" >&2; exit 2; }
files=$1 output=${2%/}
count=${COUNT:-1} index=${AWS_BATCH_JOB_ARRAY_INDEX:-${INDEX:-0}}
[ "$index" -lt "$count" ] || { echo "worker.sh: INDEX $index of COUNT $count" >&2; exit 2; }
program=${REVIEWLENS:-reviewlens}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 143' TERM INT

there() {
    case $1 in s3://*) aws s3 ls "$1" >/dev/null ;; *) [ -e "$1" ] ;; esac
}

n=0
while IFS= read -r file; do
    mine=$((n % count)) n=$((n + 1))
    [ "$mine" -eq "$index" ] || continue
    name=$(basename "$file")
    there "$output/$name" && continue
    case $file in
    s3://*) aws s3 cp --only-show-errors "$file" "$scratch/in" ;;
    *) cp "$file" "$scratch/in" ;;
    esac
    "$program" pipe ${MODEL:+-model "$MODEL"} ${MODEL_ID:+-model-id "$MODEL_ID"} <"$scratch/in" >"$scratch/out"
    given=$(grep -c '[^[:space:]]' "$scratch/in" || true) scored=$(wc -l <"$scratch/out")
    [ "$given" -eq "$scored" ] || { echo "worker.sh: $file has $given rows, $scored came back" >&2; exit 1; }
    case $output in
    s3://*) aws s3 cp --only-show-errors "$scratch/out" "$output/$name" ;;
    *) cp "$scratch/out" "$output/.$name.$$" && mv "$output/.$name.$$" "$output/$name" ;;
    esac
    echo "$file: $scored rows"
done <"$files"
