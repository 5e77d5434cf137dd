"""The same work in PyTorch with transformers and peft, on the same GGUF. Prints one JSON line.

python torchPeer.py MODEL.gguf float32|bfloat16 THREADS
"""
import json
import os
import resource
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

path, dtype, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(1)
model = AutoModelForCausalLM.from_pretrained(
    os.path.dirname(path), gguf_file=os.path.basename(path), dtype=getattr(torch, dtype), attn_implementation="sdpa"
)
targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules=targets, task_type="CAUSAL_LM"))
trained = [p for p in model.parameters() if p.requires_grad]
optimiser = torch.optim.AdamW(trained, lr=1e-4)


def log_probs(ids, answer):
    """Log-probs of the last `answer` tokens of each row."""
    logits = model(input_ids=ids[:, :-1], logits_to_keep=answer).logits.float()
    return torch.gather(torch.log_softmax(logits, -1), -1, ids[:, -answer:, None]).squeeze(-1)


def step(ids, answer, weights):
    optimiser.zero_grad(set_to_none=True)
    (-(weights * log_probs(ids, answer)).sum()).backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimiser.step()


def best(work, times=3):
    fastest = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - started)
    return fastest


packed = torch.randint(100, 5000, (8, 128))
packed_weights = torch.rand(8, 64) - 0.5
rollouts = torch.randint(100, 5000, (32, 174))
rollout_weights = torch.rand(32, 24) - 0.5


def forward():
    with torch.no_grad():
        log_probs(packed, 64)


model.eval()
forward_seconds = best(forward)
model.train()
step_seconds = best(lambda: step(packed, 64, packed_weights))
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rollout_seconds = best(lambda: step(rollouts, 24, rollout_weights), 2)
print(json.dumps({"forwardSeconds": forward_seconds, "stepSeconds": step_seconds, "rolloutStepSeconds": rollout_seconds, "peakMb": peak_mb}))
