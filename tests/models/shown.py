"""An example as neighbouring pieces of text, each learnt or only read."""


def show(example, tokenizer):
    """The example as [(piece of text, « learnt » or « read »), ...].

    Neighbours of one state are decoded together, so that no letter is broken.
    """
    runs = []
    for token, learnt in zip(example.ids, example.learn, strict=True):
        state = "learnt" if learnt else "read"
        if not runs or runs[-1][1] != state:
            runs.append(([], state))
        runs[-1][0].append(token)
    return [(tokenizer.decode(ids, clean_up_tokenization_spaces=False), state) for ids, state in runs]
