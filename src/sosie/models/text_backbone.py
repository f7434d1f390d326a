"""The text backbone of a multimodal model: Gemma 3 from 4B up, Gemma 4, Ministral 3, Qwen3.5.

 Gemma3ForConditionalGeneration                      Gemma3ForCausalLM
 ├─ model.vision_tower, model.multi_modal_projector
 ├─ model.language_model                      ->     model
 └─ lm_head                                   ->     lm_head

The same weights, not copies. No adapter can then land in the vision tower, whose layers have the same names,
and the adapter's weights are named as for a text model.
"""

from typing import Any

_QUANTISED_ATTRIBUTES = (
    "is_quantized",
    "is_loaded_in_4bit",
    "is_loaded_in_8bit",
    "quantization_method",
    "hf_quantizer",
)


def loading_class(config: Any) -> Any:
    """The class of transformers that reads a model of this config: most that also see are read as such."""
    import transformers

    text: Any = transformers.AutoModelForCausalLM
    sees: Any = transformers.AutoModelForImageTextToText
    return text if type(config) in text._model_mapping or type(config) not in sees._model_mapping else sees


def text_backbone(model: Any) -> Any:
    """The text backbone; the model itself if it is a text model."""
    import torch
    from transformers import AutoModelForCausalLM

    config = model.config.get_text_config()
    inner = getattr(getattr(model, "model", None), "language_model", None)
    if config is model.config or inner is None:
        return model
    maker: Any = AutoModelForCausalLM
    with torch.device("meta"):
        text = maker.from_config(config)
    text.model, text.lm_head = inner, model.lm_head
    text.generation_config = model.generation_config
    for name in _QUANTISED_ATTRIBUTES:
        if hasattr(model, name):
            setattr(text, name, getattr(model, name))
    return text.eval()
