"""Makes a workspace: small models of transformers and timm as their users save them, with data, and what each model answers.

The models are not trained: what enters their last layer is what an export script has to find, whatever the weights.
"""

import csv
import os
import sys
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.data import ImageDataset, create_transform, resolve_model_data_config
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
    ResNetConfig,
    ResNetForImageClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessor,
)

os.chdir(sys.argv[1])
torch.manual_seed(0)
random = np.random.default_rng(0)
classes = ["blue", "green", "red"]
counts = {"train": 40, "validation": 34, "test": 20}
Path("logits").mkdir()
Path("models").mkdir()


def keep_logits(model, split, logits, labels):
    save_file({"features": torch.cat(logits).contiguous(), "labels": torch.as_tensor(labels)}, f"logits/{model}-{split}.safetensors")


# Texts of different lengths, and a tokenizer of a few words.
words = ["[PAD]", "[UNK]", *"a dog cat runs sleeps eats fish red green blue house on in the".split()]
tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=32)
texts = {}
Path("data").mkdir()
for split, count in counts.items():
    labels = [int(label) for label in random.integers(0, len(classes), count)]
    texts[split] = [" ".join(random.choice(words[2:], random.integers(1, 12))) for _ in labels], labels
    with open(f"data/{split}.csv", "w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *zip(*texts[split])])

common = {"vocab_size": len(words), "pad_token_id": 0, "num_labels": len(classes)}
bert = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 40}
language_models = {
    "bert": BertForSequenceClassification(BertConfig(**common, **bert)),
    "distilbert": DistilBertForSequenceClassification(DistilBertConfig(**common, dim=32, n_layers=2, n_heads=2, hidden_dim=64)),
    "roberta": RobertaForSequenceClassification(RobertaConfig(**common, **bert)),
    "llama": LlamaForSequenceClassification(LlamaConfig(**common, **bert)),
}
for name, model in language_models.items():
    model.eval()
    model.save_pretrained(f"models/{name}", max_shard_size="20KB" if name == "roberta" else "1GB")
    tokenizer.save_pretrained(f"models/{name}")
    for split, (rows, labels) in texts.items():
        with torch.inference_mode():
            keep_logits(name, split, [model(**tokenizer(row, return_tensors="pt")).logits for row in rows], labels)

# Images in a folder per class, each class in a colour of its own.
for split in counts:
    for label, name in enumerate(classes):
        folder = Path("data") / split / name
        folder.mkdir(parents=True)
        for i in range(3):
            pixels = random.integers(0, 90, (40, 48, 3)) + 160 * np.eye(3)[2 - label]
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{i}.png")

processor = ViTImageProcessor(size={"height": 32, "width": 32})
vit = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "image_size": 32, "patch_size": 8}
resnet = {"embedding_size": 8, "hidden_sizes": [16, 32], "depths": [1, 1], "layer_type": "basic"}
vision_models = {
    "vit": ViTForImageClassification(ViTConfig(**vit, num_labels=len(classes))),
    "resnet": ResNetForImageClassification(ResNetConfig(**resnet, num_labels=len(classes))),
}
for name, model in vision_models.items():
    model.eval()
    model.save_pretrained(f"models/{name}")
    processor.save_pretrained(f"models/{name}")
    for split in counts:
        files = [(path, label) for label, folder in enumerate(classes) for path in sorted(Path("data", split, folder).iterdir())]
        with torch.inference_mode():
            opened = [processor(Image.open(path), return_tensors="pt") for path, _ in files]
            keep_logits(name, split, [model(**image).logits for image in opened], [label for _, label in files])

for name, ending in {"test_vit": "pth", "test_convnext": "safetensors", "mobilenetv3_small_050": "pth"}.items():
    model = timm.create_model(name, num_classes=len(classes)).eval()
    state = model.state_dict()
    if ending == "pth":  # as timm's own training script saves it
        torch.save({"epoch": 3, "arch": name, "state_dict": state}, f"models/{name}.pth")
    else:
        save_file(state, f"models/{name}.{ending}")
    transform = create_transform(**resolve_model_data_config(model), is_training=False)
    for split in counts:
        images = ImageDataset(f"data/{split}", transform=transform)
        with torch.inference_mode():
            keep_logits(name, split, [model(image[None]) for image, _ in images], [label for _, label in images])
