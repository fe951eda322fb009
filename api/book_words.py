"""What is wrong with a dish book, said in Chinese and English."""

from collections.abc import Mapping

from api.words import Pair
from kitchen.book_rows import BookFault

BOOK_FAULTS: Mapping[BookFault, Pair] = {
    BookFault.MISSING_COLUMN: ("缺少这一列", "this column is missing"),
    BookFault.EMPTY: ("没有填写", "nothing stands here"),
    BookFault.NOT_A_NUMBER: ("不是数字", "no number"),
    BookFault.OUT_OF_RANGE: (
        "数字超出允许范围（产出率不能为零）",
        "out of range (a yield cannot be zero)",
    ),
    BookFault.UNKNOWN_WORD: ("不认识这个词", "not a word of the list"),
    BookFault.DUPLICATE: ("重复", "stands here twice"),
    BookFault.UNKNOWN_INGREDIENT: ("没有这种食材", "no such ingredient"),
    BookFault.UNKNOWN_DISH: (
        "没有这道菜，或它本身无法使用",
        "no such dish, or it cannot be used itself",
    ),
    BookFault.OTHER_COURSE: ("替代菜属于另一类", "the substitute is of another course"),
    BookFault.NO_RECIPE: ("没有配方", "no recipe"),
    BookFault.INCOMPLETE_RECIPE: ("配方不完整", "the recipe is not complete"),
    BookFault.UNKNOWN_UNIT: ("不认识这个单位", "unknown unit"),
    BookFault.CYCLE: ("半成品里含有它自己", "a preparation that holds itself"),
}
