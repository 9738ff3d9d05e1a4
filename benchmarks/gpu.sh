#!/bin/sh
# All checks that need a GPU, in one call of under nine minutes: tests/gpu, a run from command to command, and the speed of 1.3b.
#
#     sh benchmarks/gpu.sh [OUT]          OUT (default runs/gpu): gpu-tests.txt, gpu-run.txt, gpu-speed.txt
#
# The machine needs Python 3.12, torch 2.11 or later for CUDA, numpy, pyarrow, numba, rich, typer, jinja2, safetensors, tokenizers,
# transformers, tensorboard, pytest and hypothesis, and no network. pydantic, datasets and orjson are not needed.
# One wheel is to be carried, and only for fp8: torchao 0.18.0 (pip download --no-deps torchao==0.18.0; 3 MB). Without it the fp8
# test skips and the fp8 line of the table says "failed"; everything else runs. To install wheels from a folder WHEELS first:
#     python3 -m pip install -q --no-index --no-deps --target /tmp/site WHEELS/*.whl && export PYTHONPATH=/tmp/site
# Nothing is downloaded, and the device's settings are left alone.
set -u
cd "$(dirname "$0")/.."
out=${1:-runs/gpu}
mkdir -p "$out"
python=${PYTHON:-python3}
export PYTHONPATH=".${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1
export PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True
failed=0

# about 90 s, most of it compiling
timeout 170 "$python" -m pytest tests/gpu -q -x --durations=5 -p no:cacheprovider >"$out/gpu-tests.txt" 2>&1 || failed=1
tail -n 15 "$out/gpu-tests.txt"

# about 30 s: the commands as a user types them
"$python" - "$out" >"$out/gpu-run.txt" 2>&1 <<'PYTHON' || failed=1
import shutil, subprocess, sys
from pathlib import Path

from tests.model.packed_data import write_packed

out = Path(sys.argv[1])
shutil.rmtree(out / "data", ignore_errors=True)
shutil.rmtree(out / "run", ignore_errors=True)
packed = write_packed(out / "data", seq_len=256, documents=3000)
pretrain = [sys.executable, "-m", "pipelines.pretrain", "--config", "tiny", "--data", str(packed), "--out", str(out / "run")]
bf16 = ["--set", "train.precision=bf16", "--set", "train.sample_every=30"]
subprocess.run([*pretrain, *bf16, "--dry-run"], check=True)
subprocess.run([*pretrain, *bf16], check=True)
subprocess.run([*pretrain, *bf16, "--set", "train.steps=70", "--resume"], check=True)
subprocess.run([sys.executable, "-m", "pipelines.generate", "--run", str(out / "run"), "--prompt", "봄이 오면"], check=True)
PYTHON
tail -n 6 "$out/gpu-run.txt"

# at most 330 s and the contestant in progress
timeout 420 "$python" -m benchmarks.train_gpu --config "${CONFIG:-1.3b}" --seconds "${SECONDS_LEFT:-270}" >"$out/gpu-speed.txt" 2>&1 || failed=1
grep -v Warning "$out/gpu-speed.txt" | tail -n 20
[ "$failed" = 0 ] && echo "All GPU checks passed." || echo "Some GPU checks failed; look into $out."
exit "$failed"
