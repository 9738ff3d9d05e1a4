"""Which rule of quality would drop a text, and by which of its statistics.

python examples/judge_texts.py
"""

import pyarrow as pa

from corpus.quality.judgement import QualitySettings, judge, limits, measure

texts = pa.array(
    [
        "로그인 회원가입 장바구니 고객센터",
        "서울의 봄은 짧다. 사람들은 강가에 나와 벚꽃을 보고 도시락을 먹었다. "
        "해가 지자 바람이 차가워졌고, 아이들은 집으로 돌아갔다. "
        "다음 날 아침에는 비가 내려 꽃잎이 모두 젖었다. 마을 사람들은 그 길을 오래 기억했다.",
    ]
)
settings = QualitySettings()
verdicts, names, values = judge(measure(texts), pa.array(["ko", "ko"]), "web", settings)
for text, verdict, value in zip(texts.to_pylist(), verdicts, values, strict=True):
    if verdict < 0:
        print(f"kept: {text[:30]}…")
    else:
        rule = names[verdict]
        print(f"dropped by {rule}, {value:g} beside a limit of {limits('ko', 'web', settings)[rule]:g}: {text[:30]}…")
