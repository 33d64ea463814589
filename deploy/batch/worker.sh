#!/bin/sh
# Scores files of JSON lines in parallel with other workers, without an engine such as Spark: as one
# job of an AWS Batch array, a pod, or a process on a machine.
#
#   COUNT=8 INDEX=3 worker.sh files.txt s3://bucket/scored/
#
# files.txt has one file per line, as a path or s3:// address; lines that end in / are folders and
# are skipped. This worker takes every COUNT-th file, from the INDEX-th on, counted from 0
# (AWS_BATCH_JOB_ARRAY_INDEX, if that is set). A line of a file is {"id": ..., "text": "...",
# "title": "..."}, and gives a line with the same id: see `reviewlens pipe -h`. A file none of whose
# lines has a "text", such as CSV or a packed file, is an error, reported once all others are
# scored. A file's scores get its name without its folder, so no two files may have the same name.
# They appear complete or not at all, and files that have scores are skipped: a worker that died is
# run again.
# MODEL and MODEL_ID name a model (pipe's -model and -model-id); REVIEWLENS is the program, if it is
# not on the PATH.
#
# In S3 it needs s3:GetObject on the files, and s3:PutObject, s3:GetObject and s3:ListBucket on the
# output: without s3:ListBucket S3 does not report that an object is absent.
set -eu

[ $# -eq 2 ] || { echo "usage: COUNT=n INDEX=i worker.sh FILES OUTPUT" >&2; exit 2; }
files=$1 output=${2%/}
count=${COUNT:-1} index=${AWS_BATCH_JOB_ARRAY_INDEX:-${INDEX:-0}}
[ "$index" -ge 0 ] && [ "$index" -lt "$count" ] || {
    echo "worker.sh: INDEX $index of COUNT $count" >&2
    exit 2
}
program=${REVIEWLENS:-reviewlens}
scratch=$(mktemp -d) part=
trap 'rm -rf "$scratch" ${part:+"$part"}' EXIT
trap 'exit 143' TERM INT

# there reports whether the scores at $1 exist. `aws s3 ls` lists by prefix, and would find part-1
# once part-10 exists.
there() {
    case $1 in
    s3://*)
        object=${1#s3://}
        aws s3api head-object --bucket "${object%%/*}" --key "${object#*/}" \
            >/dev/null 2>"$scratch/error" && return
        grep -q '(404)' "$scratch/error" && return 1
        cat "$scratch/error" >&2
        echo "worker.sh: it is not known whether $1 is there" >&2
        exit 1
        ;;
    *) [ -e "$1" ] ;;
    esac
}

cat "$files" >"$scratch/files" # it is read twice, and may be a pipe
twice=$(awk '/[^\/]$/ {
    name = $0
    sub(/.*\//, "", name)
    if (name in from) {
        print from[name] " and " $0 " would both be " name
        exit
    }
    from[name] = $0
}' "$scratch/files")
[ -z "$twice" ] || { echo "worker.sh: $twice in $output; rename one" >&2; exit 2; }

n=0 status=0
while IFS= read -r file || [ -n "$file" ]; do # the last line may have no end
    case $file in '' | */) continue ;; esac
    mine=$((n % count)) n=$((n + 1))
    [ "$mine" -eq "$index" ] || continue
    name=${file##*/}
    there "$output/$name" && continue
    case $file in
    s3://*) aws s3 cp --only-show-errors "$file" "$scratch/in" ;;
    *) cp "$file" "$scratch/in" ;;
    esac
    "$program" pipe ${MODEL:+-model "$MODEL"} ${MODEL_ID:+-model-id "$MODEL_ID"} <"$scratch/in" >"$scratch/out"
    given=$(grep -c '[^[:space:]]' "$scratch/in" || true) scored=$(wc -l <"$scratch/out")
    if [ "$given" -ne "$scored" ]; then
        echo "worker.sh: $file has $given rows, $scored came back" >&2
        status=1
        continue
    fi
    unscored=$(grep -c ',"sentiment":null,"positive":null,' "$scratch/out" || true)
    if [ "$scored" -gt 0 ] && ! grep -q ',"error":null}$' "$scratch/out"; then
        echo "worker.sh: no line of $file could be scored: $(sed 's/.*,"error"://; s/}$//; q' "$scratch/out")" >&2
        status=1
        continue
    fi
    case $output in
    s3://*) aws s3 cp --only-show-errors "$scratch/out" "$output/$name" ;;
    *) # two lines: of `cp && mv` set -e would not see that cp failed
        part=$output/.$name.$$
        cp "$scratch/out" "$part"
        mv "$part" "$output/$name"
        part=
        ;;
    esac
    echo "$file: $scored rows, $unscored without a score"
done <"$scratch/files"
exit "$status"
