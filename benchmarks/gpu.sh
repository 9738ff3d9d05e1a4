#!/bin/sh
# All checks that need a GPU, in one call of under nine minutes: tests/gpu, a run from command to command, and the speed of 1.3b.
#
#     sh benchmarks/gpu.sh [OUT]          OUT (default runs/gpu): gpu-tests.txt, gpu-run.txt, gpu-speed.txt, gpu-speed.json
#     DEVICE=cpu sh benchmarks/gpu.sh     a rehearsal: the same in small on a machine without a GPU; its figures mean nothing
#
# The machine needs Python 3.12, torch 2.11 or later for CUDA with a C compiler (Triton builds its launcher), numpy, pyarrow, numba, rich,
# typer, jinja2, safetensors, tokenizers, transformers, tensorboard, pytest and hypothesis, and no network. pydantic, datasets and orjson are
# not needed. One wheel is to be carried, and only for fp8: torchao 0.18.0 (3 MB; it needs nothing else):
#     python3 -m pip download --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
#         --platform manylinux_2_28_x86_64 --platform manylinux_2_24_x86_64 -d WHEELS torchao==0.18.0
# Without it the fp8 test skips and the fp8 line of the table says "failed"; everything else runs. There, before this script:
#     python3 -m pip install -q --no-index --no-deps --target /tmp/site WHEELS/*.whl && export PYTHONPATH=/tmp/site
# typer 0.29 needs pydantic, 0.20 does not: where typer is as new as that and pydantic is missing, carry typer==0.20.0 as well.
# Nothing is downloaded, and the device's settings are left alone.
#
# Limits add up to 8 min 40 s: tests 170 s, the run 60 s, and speed what is left, at least 290 s; it begins nothing new in its last 70.
set -u
cd "$(dirname "$0")/.."
out=${1:-runs/gpu}
mkdir -p "$out"
python=${PYTHON:-python3}
begin=$(date +%s)
export DEVICE="${DEVICE:-cuda}" PYTHONPATH=".${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1
failed=0
tests=170 commands=60 all=520
[ "$DEVICE" = cpu ] && tests=600 commands=600 all=2000  # bf16 is slow there

# about 90 s, most of it compiling
timeout -k 5 "$tests" "$python" -m pytest tests/gpu -q --durations=5 -p no:cacheprovider >"$out/gpu-tests.txt" 2>&1 || failed=1
tail -n 15 "$out/gpu-tests.txt"

# about 30 s: the commands as a user types them
timeout -k 5 "$commands" "$python" - "$out" >"$out/gpu-run.txt" 2>&1 <<'PYTHON' || failed=1
import os, shutil, subprocess, sys
from pathlib import Path

from tests.model.packed_data import write_packed

out, device = Path(sys.argv[1]), ["--device", os.environ["DEVICE"]]
for name in ("data", "run"):
    shutil.rmtree(out / name, ignore_errors=True)
packed = write_packed(out / "data", seq_len=256, documents=3000)
pretrain = [sys.executable, "-m", "pipelines.pretrain", "--config", "tiny", "--data", str(packed), "--out", str(out / "run"), *device]
bf16 = ["--set", "train.precision=bf16", "--set", "train.sample_every=30"]
subprocess.run([*pretrain, *bf16, "--dry-run"], check=True)
subprocess.run([*pretrain, *bf16], check=True)
subprocess.run([*pretrain, *bf16, "--set", "train.steps=70", "--resume"], check=True)
prompts = ["--prompt", "봄이 오면", "--prompt", "The ferry"]
subprocess.run([sys.executable, "-m", "pipelines.generate", "--run", str(out / "run"), *prompts, *device], check=True)
PYTHON
tail -n 6 "$out/gpu-run.txt"

left=$((all - $(date +%s) + begin))
config=${CONFIG:-1.3b}
small=""
[ "$DEVICE" = cpu ] && config=${CONFIG:-tiny} small="--length 128 --steps 8 --rows 2"
# shellcheck disable=SC2086  # several words
timeout -k 5 "$left" "$python" -m benchmarks.train_gpu --config "$config" --device "$DEVICE" $small \
    --seconds $((left - 70)) --json "$out/gpu-speed.json" >"$out/gpu-speed.txt" 2>&1 || failed=1
grep -v Warning "$out/gpu-speed.txt" | tail -n 20
echo "$(($(date +%s) - begin)) seconds"
[ "$failed" = 0 ] && echo "All GPU checks passed." || echo "Some GPU checks failed; look into $out."
exit "$failed"
