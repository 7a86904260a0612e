"""The block card: what one block of a traced network computes, what it costs, how far it sees, and its code."""

from unet_core.block_card.block import Block, block_of, blocks, neighbours
from unet_core.block_card.card import BlockCard, block_card

__all__ = ["Block", "BlockCard", "block_card", "block_of", "blocks", "neighbours"]
