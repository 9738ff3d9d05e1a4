"""The settings of packed rows; read without the kernels that pack."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class PackSettings(BaseModel):
    """The settings of rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq_len: int = Field(4096, ge=8, le=1 << 20)  # the context length of the 42dot LLM-PLM model card
    strategy: Literal["best-fit", "concat"] = "best-fit"
    bos: bool = True  # each document begins with BOS, as in LLaMA
    eos: bool = True  # and ends with EOS: generation learns to stop
    # Ascending bounds: documents with at least so many duplicates are packed into separate rows, one tier per bound, so
    # that training can repeat them (data.rehydrate). Text that occurs a few times on the web is often better than text
    # that occurs once (FineWeb2, arXiv 2506.20920, "rehydration").
    tiers: tuple[Annotated[int, Field(ge=2)], ...] = ()

    @field_validator("tiers")
    @classmethod
    def _ascending(cls, tiers: tuple[int, ...]) -> tuple[int, ...]:
        if list(tiers) != sorted(set(tiers)):
            raise ValueError("bounds must ascend, each once")
        return tiers
