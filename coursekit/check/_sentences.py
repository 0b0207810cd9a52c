"""The sentences that every checker shares."""

from coursekit.check._text import Text

RIGHT = Text(
    "right. All {n} calls agree with the reference.",
    "正确。{n} 次调用的结果都与参考实现一致。",
)
LOOKS_LIKE = Text("this looks like {what}.", "看起来是这个错误——{what}。")
LOOKS_LIKE_TWO = Text(
    "this looks like two mistakes at once: {one}; and {two}.",
    "看起来同时有两处错误——一是{one}；二是{two}。",
)
UNKNOWN = Text(
    "not yet right, and it is no mistake that this checker knows. "
    "Here is the first place where it parts from the reference.",
    "还不对，而且不是本检查器认得的错误。下面是它与参考实现最先分开的地方。",
)
NOT_WRITTEN = Text(
    "not written yet. Put your code where the `...` or `NotImplementedError` stands, "
    "run the cell, and check again.",
    "还没有写。把 `...` 或 `NotImplementedError` 换成你的代码，运行这一格，再检查一次。",
)
NO_RETURN = Text(
    "your function computes something but returns nothing (`None`). Is its `return` missing?",
    "函数做了计算，却什么也没有返回（`None`）。是不是漏了 `return`？",
)
PRINTS_INSTEAD = Text(
    "your function prints its result instead of returning it. Printing shows a value to a person; "
    "only `return` hands it to the next line of code.",
    "函数把结果打印了出来，却没有返回。打印是给人看的，`return` 才能把值交给后面的代码。",
)
PRINTED = Text(
    "(Your function also prints; the checker kept that back.)",
    "（函数还打印了内容，检查器没有显示。）",
)
RAISES = Text(
    "your function stops with an error, {error} ({call}).",
    "函数运行时出错：{error}（{call}）。",
)
RAISES_AT = Text(
    "your function stops with an error at its line `{line}`: {error} ({call}).",
    "函数在 `{line}` 这一行出错：{error}（{call}）。",
)
ENDLESS = Text(
    "your function does not come to an end ({call}). Does the condition of its loop ever change?",
    "函数一直没有结束（{call}）。循环的条件会变化吗？",
)
NOT_A_TENSOR = Text(
    "`{name}` must be a tensor, but your function returns {got}. "
    "Keep to torch's operations; they give tensors (`.item()`, `.tolist()`, `.numpy()` do not, "
    "and a comma at the end of `return` makes a tuple).",
    "`{name}` 应为张量，你的函数返回的却是{got}。请一直用 torch 的运算，它们的结果是张量"
    "（`.item()`、`.tolist()`、`.numpy()` 的结果不是；`return` 行末多一个逗号会变成元组）。",
)
NOT_A_NUMBER = Text(
    "`{name}` must be one number, but your function returns {got}.",
    "`{name}` 应为一个数，你的函数返回的却是{got}。",
)
WRONG_COUNT = Text(
    "{wanted} things are to be returned, `{names}`, but your function returns {got}.",
    "应返回 {wanted} 项：`{names}`，你的函数返回的却是{got}。",
)
WRONG_SHAPE = Text(
    "`{name}` has shape {yours} where {wanted} is expected ({call}).",
    "`{name}` 的形状是 {yours}，应为 {wanted}（{call}）。",
)
WRONG_SHAPE_HINT = Text(
    "Look at the shapes line by line: a column `(n, 1)` and a vector `(n,)` combine to `(n, n)`, "
    "and a reduction without `dim` leaves no dimension at all.",
    "逐行看看形状：列 `(n, 1)` 与向量 `(n,)` 运算会得到 `(n, n)`；"
    "归约时不写 `dim`，维度会全部消失。",
)
IN_PLACE = Text(
    "your function changes its argument `{name}` in place: whoever called it loses the old value.",
    "函数就地修改了参数 `{name}`：调用者手里原来的值就没有了。",
)
IN_PLACE_HINT = Text(
    "`x += y`, `x[i] = y` and methods whose name ends in `_` write into the tensor itself; "
    "`x = x + y` makes a new one.",
    "`x += y`、`x[i] = y` 以及名字以 `_` 结尾的方法都直接改写张量本身；"
    "`x = x + y` 则得到新的张量。",
)
DETACHED = Text(
    "the value has lost its gradient: autograd finds no way from it back to the input. "
    "`.item()`, `.detach()`, `.data` and `torch.tensor(...)` each cut that way.",
    "结果没有梯度：自动求导无法从它回到输入。`.item()`、`.detach()`、`.data` 和 "
    "`torch.tensor(...)` 都会切断这条路。",
)
ARGUMENT_ORDER = Text(
    "the parameters are in another order: yours are `({yours})`, and the exercise calls "
    "`{wanted}`.",
    "参数的顺序不同：你的是 `({yours})`，练习的调用方式是 `{wanted}`。",
)
ARGUMENTS = Text(
    "your function takes `({yours})`, and the exercise calls `{wanted}`.",
    "你的函数的参数是 `({yours})`，练习的调用方式是 `{wanted}`。",
)
SINGLE_PRECISION = Text(
    "(Somewhere inside you compute in float32: the results agree to about seven digits rather "
    "than sixteen.)",
    "（中间某处用了 float32：结果大约有七位有效数字一致，而不是十六位。）",
)
UNTRIED = Text(
    "(Not tried, because your function does not take it: {names}.)",
    "（函数没有这些参数，所以没有检查：{names}。）",
)
MOVES = Text(
    "{where}: all coordinates together, you move {ratio} times as far as you should.",
    "{where}：所有坐标合起来看，移动的距离是应有的 {ratio} 倍。",
)
BACK = Text(
    "{where}: you move as far as you should, in exactly the opposite direction.",
    "{where}：移动的距离正确，方向恰好相反。",
)
BACK_TIMES = Text(
    "{where}: you move in the opposite direction, {ratio} times as far as you should.",
    "{where}：方向相反，移动的距离是应有的 {ratio} 倍。",
)
AWAY = Text(
    "{where}: you move more against the right direction than along it.",
    "{where}：大体上是朝相反的方向移动。",
)
NO_STEP = Text("{where}: you do not move at all.", "{where}：完全没有移动。")
OPPOSITE = Text("`{name}` has exactly the opposite sign.", "`{name}` 的符号恰好相反。")
FACTOR = Text("`{name}` is {ratio} times what it should be.", "`{name}` 是应有值的 {ratio} 倍。")
OFFSET = Text(
    "Every entry of `{name}` is off by the same amount, {offset}.",
    "`{name}` 的每一项都差同一个数 {offset}。",
)
YES = Text("yes", "成立")
NO = Text("no", "不成立")
