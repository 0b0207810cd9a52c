"""The sentences that every checker shares."""

from coursekit.check._text import Text

RIGHT = Text(
    "right. Every call agrees with the reference.",
    "正确。每次调用的结果都与参考实现一致。",
)
LOOKS_LIKE = Text("this looks like {what}.", "很像这样的错误：{what}。")
LOOKS_LIKE_TWO = Text(
    "this looks like two mistakes at once: {one}; and {two}.",
    "很像同时有两处错误：一是 {one}；二是 {two}。",
)
UNKNOWN = Text(
    "not yet right, and it is no mistake that this checker knows. "
    "Here is the first place where it parts from the reference.",
    "还不对，但不是本检查器认得的错误。下面是结果最先与参考实现不一致的地方。",
)
NOT_WRITTEN = Text(
    "not written yet. Put your code where the `...` or `NotImplementedError` stands, "
    "run the cell, and check again.",
    "还没有写。把 `...` 或 `NotImplementedError` 换成你的代码，运行这一格，再检查一次。",
)
WHERE_TO_BEGIN = Text(
    'Where to begin? `check.hint("{name}")` gives the idea, and more when it is called again.',
    '不知从何下手？`check.hint("{name}")` 先给思路，再调用还有下文。',
)
NO_RETURN = Text(
    "there is code in your function, but it returns nothing (`None`). Is its `return` missing?",
    "函数里写了代码，却什么也没有返回（`None`）。是不是漏了 `return`？",
)
NO_RETURN_HERE = Text(
    "your function returns nothing (`None`) on some calls only ({call}). "
    "Which branch ends without a `return`?",
    "函数只在某些调用中什么也没有返回（`None`）（{call}）。哪一个分支没有写 `return`？",
)
GENERATOR = Text(
    "your function is a generator: where it says `yield`, the exercise asks for a `return`.",
    "这是一个生成器函数：写着 `yield` 的地方应当写 `return`。",
)
GIVES_A_GENERATOR = Text(
    "your function returns a generator: nothing in it is computed yet. Return the values "
    "themselves.",
    "函数返回的是一个生成器，里面的值还没有算出来。请直接返回值本身。",
)
COROUTINE = Text(
    "your function is asynchronous: calling it gives a coroutine, and nothing runs yet. "
    "Write `def` in place of `async def`.",
    "这是一个异步函数：调用它只得到协程，并没有运行。请把 `async def` 写成 `def`。",
)
A_CLASS = Text(
    "`{name}` is a class, not a function. Make one of it first: `{name}()`.",
    "`{name}` 是一个类，不是函数。请先创建它的一个实例：`{name}()`。",
)
NO_DATA = Text(
    "`{name}` has a shape but no values: it lives on the device `meta`.",
    "`{name}` 只有形状，没有值：它在 `meta` 设备上。",
)
WRONG_ORDER = Text(
    "the results come in another order: yours are `({yours})`, and the exercise asks for "
    "`({wanted})`.",
    "返回值的次序不同：你返回的是 `({yours})`，练习要的是 `({wanted})`。",
)
STATEFUL = Text(
    "your function does not give the same for the same arguments: made again, the first call comes "
    "out differently. Earlier calls matter, or chance does. What is kept outside the function: a "
    "global name, an attribute, a default list? (That call: {call}.)",
    "同样的参数，你的函数给出的结果却不同：把第一次调用重做一遍，结果变了。"
    "可见结果与以前的调用有关，或者用到了随机数。"
    "有什么存在了函数外面：全局变量、属性，还是默认参数里的列表？（那次调用：{call}。）",
)
IGNORED = Text(
    "what your function returns does not depend on {names}.",
    "你的函数返回的结果与 {names} 无关：参数变了，结果却一点没变。",
)
IGNORED_HINT = Text(
    "Where in your function is it used, and does that reach the result? "
    "Or does something fixed stand in its place?",
    "你的函数里哪里用到了这个参数？那里影响得到结果吗？还是写成了固定的值？",
)
IGNORED_HINT_OF_SEVERAL = Text(
    "Where in your function are they used, and does that reach the result? "
    "Or does something fixed stand in their place?",
    "你的函数里哪里用到了这些参数？那里影响得到结果吗？还是写成了固定的值？",
)
ALWAYS_TIMES = Text(
    "in every call, what you return is {ratio} times what it should be.",
    "每次调用，你返回的都是应有值的 {ratio} 倍。",
)
ALWAYS_TIMES_ONE = Text(
    "in every call, `{name}` is {ratio} times what it should be; the rest is right.",
    "每次调用，`{name}` 都是应有值的 {ratio} 倍；其余都正确。",
)
ALWAYS_MOVES = Text(
    "in every call, `{name}` moves {ratio} times as far as it should.",
    "每次调用，`{name}` 移动的距离都是应有的 {ratio} 倍。",
)
ALWAYS_TIMES_HINT = Text(
    "Which constant do you multiply or divide by that the formula does not have?",
    "你乘了或除了哪个公式里没有的常数？",
)
ALWAYS_OPPOSITE = Text(
    "in every call, what you return has exactly the opposite sign.",
    "每次调用，你返回的结果符号都恰好相反。",
)
ALWAYS_OPPOSITE_ONE = Text(
    "in every call, `{name}` has exactly the opposite sign; the rest is right.",
    "每次调用，`{name}` 的符号都恰好相反；其余都正确。",
)
ALWAYS_OPPOSITE_HINT = Text(
    "Where is there a minus too many, or one too few? A difference taken the other way round "
    "counts as one.",
    "哪里多了一个负号，或者少了一个？减法的两边写反了，也相当于多一个负号。",
)
NOT_FINITE = Text(
    "what you return is not a finite number (`nan` or `inf`).",
    "你返回的不是有限的数（是 `nan` 或 `inf`）。",
)
NOT_FINITE_HINT = Text(
    "Look for a division by zero, a root or a logarithm of a negative number, or an exponential "
    "that overflows: print each part on the call above.",
    "看看有没有除以零，对负数开方或取对数，或者指数溢出：就用上面那次调用，把每一部分打印出来。",
)
LATER = Text("(Later {trouble})", "（后面的调用里，{trouble}）")
TRACKED = Text(
    "your function leaves `requires_grad` set on its argument `{name}`: whoever called it gets a "
    "tensor that autograd follows, and a second `backward()` adds to its `.grad`.",
    "函数把参数 `{name}` 的 `requires_grad` 打开后没有复原：调用者手里的张量从此被自动微分跟踪，"
    "再做一次 `backward()` 还会累加到它的 `.grad` 里。",
)
TRACKED_HINT = Text(
    "Work on a copy: `x.detach().clone().requires_grad_()`.",
    "请用一份副本：`x.detach().clone().requires_grad_()`。",
)
PRECISION_HINT = Text(
    "The inputs are float64 in some calls and float32 in others, and a tensor that your function "
    "makes has torch's default: give it the input's dtype, as in `torch.eye(d).to(X)`.",
    "输入有时是 float64，有时是 float32，而函数自己新建的张量取 torch 的默认 dtype。"
    "请取输入的 dtype，例如 `torch.eye(d).to(X)`。",
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
ENDLESS_AT = Text(
    "your function does not come to an end: its time was up at its line `{line}` ({call}). "
    "Does a loop there ever stop, or is that one line far too much work?",
    "函数一直没有结束：时间用完时，正执行到 `{line}` 这一行（{call}）。"
    "那里的循环会停下来吗？还是这一行的计算量太大？",
)
STUCK = Text(
    "The check is waiting for a single call in your function, which Python cannot interrupt: "
    "`{line}`. If it takes too long, restart the kernel (interrupting it does not help).",
    "检查器正在等你函数里的一次调用结束，Python 无法中断它：`{line}`。"
    "如果太久，请重启内核（中断内核不起作用）。",
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
TOO_FEW_DIMENSIONS = Text(
    "Look at the shapes line by line: which sum or mean goes over more dimensions than it should? "
    "Without `dim` it goes over all.",
    "逐行看看形状：哪个求和或平均多归约了维度？不写 `dim` 就会归约全部维度。",
)
TOO_MANY_DIMENSIONS = Text(
    "Look at the shapes line by line: a column `(n, 1)` and a vector `(n,)` combine to `(n, n)`.",
    "逐行看看形状：列 `(n, 1)` 与向量 `(n,)` 运算会得到 `(n, n)`。",
)
ONLY_ONE_NUMBER = Text(
    "A single number: is it the value that is asked for, or did a sum or a mean without `dim` go "
    "over everything?",
    "这里只有一个数：它是题目要的量吗？还是求和或平均时没有写 `dim`，把全部维度都归约了？",
)
NOT_ONE_NUMBER = Text(
    "One number is asked for: is a sum or a mean missing, or does it leave a dimension out? "
    "Without `dim` it goes over all.",
    "这里要的是一个数：是不是少了求和或平均，或者求的时候漏掉了某个维度？"
    "不写 `dim` 就会归约全部维度。",
)
OTHER_ARRANGEMENT = Text(
    "There are as many numbers as there should be, arranged in another way: look line by line "
    "where a dimension is added, dropped or swapped.",
    "数的个数是对的，只是排列的形状不同：逐行看看，哪里多出、丢掉或调换了维度。",
)
OTHER_SIZES = Text(
    "Look at the shapes line by line: where does the size change that should not?",
    "逐行看看形状：大小是在哪里变得不对的？",
)
IN_PLACE = Text(
    "your function changes its argument `{name}` in place: whoever called it loses the old value.",
    "函数就地修改了参数 `{name}`：调用者手里原来的值就没有了。",
)
IN_PLACE_HINT = Text(
    "`x += y`, `x[i] = y`, `x.data = y` and methods whose name ends in `_` write into the tensor "
    "itself; `x = x + y` makes a new one.",
    "`x += y`、`x[i] = y`、`x.data = y` 以及名字以 `_` 结尾的方法都直接改写张量本身；"
    "`x = x + y` 则得到新的张量。",
)
IN_PLACE_HINT_OF_A_LIST = Text(
    "`x.sort()`, `x.append(y)` and `x[i] = y` change the list itself; `sorted(x)` and `list(x)` "
    "make a new one.",
    "`x.sort()`、`x.append(y)`、`x[i] = y` 都直接改写列表本身；"
    "`sorted(x)` 和 `list(x)` 则得到新的列表。",
)
DETACHED = Text(
    "the value has lost its gradient: autograd finds no way from it back to the input. "
    "`.item()`, `.detach()`, `.data`, `torch.tensor(...)` and `torch.no_grad()` each cut that way.",
    "结果没有梯度：自动微分无法从它回到输入。`.item()`、`.detach()`、`.data`、"
    "`torch.tensor(...)` 和 `torch.no_grad()` 都会切断这条路。",
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
FEW_DIGITS = Text(
    "(The results agree to about {digits} digits rather than sixteen: float32 somewhere inside, "
    "a rounded constant, or an approximation?)",
    "（结果大约只有 {digits} 位有效数字一致，而不是十六位：是中间用了 float32，"
    "还是常数取了近似值，或者算法本身是近似的？）",
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
