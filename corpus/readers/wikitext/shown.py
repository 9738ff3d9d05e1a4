"""Which templates of the English and Korean Wikipedia show running text, by name in small letters, aliases included.

Templates without an entry here show nothing: boxes, notes, marks for editors, navigation, pronunciations. Most entries
are templates that occur in the running text of the 106 articles of an English dump. The others, such as aliases and
Korean names, are from knowledge of MediaWiki and were not compared with each template's documentation.
"""

# The parameter of that number is the text; -1: the last one without a name.
PARAMETER = {
    1: "nowrap nobr no_wrap nowraplinks nobold noitalic noitalics abbr abbrv abbrlink tooltip hover_title small "
    "smaller big bigger larger large huge "
    "midsize sc sc1 sc2 smallcaps small_caps allcaps caps sup sub superscript subscript math mvar var bigmath code "
    "mono tt kbd key samp strong em "
    "b i u s del underline strikethrough bold italic visible_anchor vanchor va sic not_a_typo typo as_written "
    "proper_name pre2 "
    "ruby ruby-ja ruby-zh-p ruby-zh-b ruby-py rubi wt plainlist plain_list flatlist indent blockindent block_indent "
    "poemquote in5 "
    "flag flagcountry flagu flagteam flag+link hanja hani kanji ko-hani linktext_one longitem no_selflink noprint_one "
    "ipac ipa_link ipalink phoneme grapheme bracket_one ssub keypress button menu tag_one crossreference "
    "cross-reference "
    "quote blockquote quotation cquote quote_box_text bquote centered_pull_quote pull_quote rquote_text "
    "언어없음 줄바꿈_금지 줄바꿈금지 줄바꿈없음 작게 작은_글씨 작은글씨 크게 더_크게 큰글씨 위첨자 아래첨자 루비 윗주 루비-ja 약어 약자 설명 툴팁 "
    "굵게 기울임 밑줄 취소선 한자 국기 국기나라 국가 나라 국기만 옛한글 옛_한글 고한글 인용문 인용구 인용 긴_인용 긴_인용문 인용문2 따옴표_인용 따옴표 "
    "보이는_앵커 원문 들여쓰기 자간 코드 시 발췌",
    2: "lang langr 언어 lang_text font_color color colour fontcolor script rtl-lang rtl_lang audio wikt-lang wt-lang "
    "langx native_name nativename "
    "색 글자색 글씨색 글자_색 글꼴색 소리 resize_text m_text abbrlink_text font_size fs align_text",
    3: "langwithname lang_with_name 언어이름",
    -1: "transl transliteration translit tlit resize font 글꼴 script/hebrew lang-sr-cyrl script/arabic nastaliq bdo "
    "bidi url align 정렬 center 가운데 가운데_정렬 "
    "글씨_크기 글자_크기 글씨크기 글자크기 텍스트_크기",
}
BY_NAME = {
    name.replace("_", " "): place
    for place, names in PARAMETER.items()
    for name in names.split()
    if not name.endswith(("_one", "_text"))
}
# Quotations are paragraphs, and may name their text.
QUOTES = frozenset(
    ["quote", "blockquote", "quotation", "cquote", "bquote", "quote box", "centered pull quote", "pull quote",
    "rquote", "quotebox", "poemquote",
     "인용문", "인용구", "인용", "긴 인용", "긴 인용문", "인용문2", "따옴표 인용", "따옴표", "인용상자", "인용 상자"]
)  # fmt: skip
TEXT_NAMES = ("1", "text", "quote", "content", "인용문", "인용", "내용", "본문", "글", "텍스트")
SIGNS = {
    "nbsp": " ", "spaces": " ", "space": " ", "thinsp": " ", "thin space": " ", "hair space": " ", "emsp": " ",
    "ensp": " ", "zwsp": "", "zwj": "",
    "zwnj": "", "wbr": "", "shy": "", "snd": " – ", "spnd": " – ", "snds": " – ", "sndash": " – ",
    "spaced ndash": " – ", "spaced en dash": " – ",
    "dash": " – ", "ndash": "–", "en dash": "–", "endash": "–", "mdash": "—", "em dash": "—", "emdash": "—",
    "mdashb": "—", "spaced mdash": " — ",
    "!": "|", "pipe": "|", "=": "=", "·": " · ", "•": " • ", "dot": " · ", "bull": " • ", "bullet": " • ",
    "middot": " · ", "가운뎃점": " · ", "'": "'",
    "'s": "'s", '-"': '"', "' \"": "' \"", "\" '": "\" '", "'-": "'", "-'": "'", "\"'": "\"'", "'\"": "'\"", "(": "(",
    ")": ")", "(!": "{|", "!)": "|}",
    "times": "×", "x": "×", "minus": "−", "plusminus": "±", "±": "±", "pi": "π", "mu": "μ", "deg": "°", "degree": "°",
    "prime": "′", "euro": "€",
    "ellipsis": "…", "...": "…", "half": "½", "=)": ":)", "backslash": "\\", "colon": ":", "asterisk": "*",
    "sharp": "♯", "flat": "♭", "natural": "♮",
    "no break": "", "br": "\n", "break": "\n", "줄바꿈": "\n", "sect": "§", "section sign": "§", "asof": "as of",
    "shy ": "", "won": "₩", "-?": "",
}  # fmt: skip
# Templates that show their parameters in a row, with the separator between them.
ROWS = {
    "hlist": ", ", "flat list": ", ", "ubl": ", ", "unbulleted list": ", ", "ublist": ", ", "collapsible list": ", ",
    "가로목록": ", ", "글머리 없는 목록": ", ",
    "linktext": "", "lt-one": "", "gaps": " ", "chem": "", "carbon": "", "nuclide symbol": " ", "cslist": ", ",
    "comma separated entries": ", ",
}  # fmt: skip
# Money: the sign is before the amount.
MONEY = {
    "us$": "US$", "usd": "US$", "$": "$", "gbp": "£", "£": "£", "pound sterling": "£", "eur": "€", "€": "€",
    "jpy": "¥", "¥": "¥", "jpy convert": "¥",
    "krw": "₩", "₩": "₩", "원화": "₩", "inr": "₹", "₹": "₹", "indian rupee": "₹", "au$": "A$", "a$": "A$", "aud": "A$",
    "ca$": "C$", "cad": "C$", "c$": "C$",
    "nz$": "NZ$", "hk$": "HK$", "nt$": "NT$", "php": "₱", "cny": "CN¥", "rmb": "CN¥", "cn¥": "CN¥", "rub": "₽",
    "ils": "₪", "try": "₺", "vnd": "₫",
}  # fmt: skip
SHIPS = frozenset(
    ["uss", "hms", "hmas", "hmcs", "mv", "ss", "rms", "usns", "uscgc", "hmnzs", "rv", "my", "ins", "jds", "js",
    "roks", "sms"]
)  # fmt: skip
# Links to articles of other Wikipedias, shown as what the article is to be called.
LINKS = frozenset(
    ["ill", "interlanguage link", "link-interwiki", "ill-wd", "illm", "임시 링크", "임시링크", "언어간 링크", "언어간링크", "인터위키 링크",
    "interlanguage link multi",
     "llink", "ill2", "임시 인터위키", "미번역", "미번역 링크"]
)  # fmt: skip
CONVERT = frozenset(["convert", "cvt", "convert/spell", "변환", "단위 변환", "단위변환", "환산", "단위 환산", "단위"])
DATES = frozenset(
    ["birth date", "birth-date", "birth date and age", "birth-date and age", "bda", "death date", "death-date",
    "death date and age", "dda",
     "death-date and age", "start date", "start date and age", "start-date", "end date", "end-date", "date", "dts",
     "dt", "film date", "birth year and age",
     "날짜", "출생일", "출생일과 나이", "출생일 및 나이", "출생년월일", "생년월일", "생년월일과 나이", "생년월일 및 나이", "생일", "사망일", "사망일과 나이", "사망일 및 나이", "시작 날짜", "시작일", "시작날짜",
     "종료 날짜", "종료일", "끝 날짜", "개봉일", "설립일", "설립일과 나이", "설립일과 연수", "날짜 서식", "연월일"]
)  # fmt: skip
