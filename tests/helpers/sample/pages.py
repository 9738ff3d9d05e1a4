"""What is planted among the sample's documents: pages that are no use, footers, personal data, and what only looks like
it.

Everything here is made up. Card numbers are the issuers' public test numbers, addresses are in example domains, the
resident registration numbers have a valid date and checksum but no holder that anybody knows of.
"""

FOREIGN = {
    "ja": (
        "川沿いの町では、毎年春になると古い橋のたもとで朝市が開かれる。漁師は夜明け前に戻り、"
        "獲れたばかりの魚を木の箱に並べて客を待つ。"
        "野菜を売る農家の人たちは、冬のあいだに作った漬物も一緒に持ってくる。"
        "子どもたちは学校へ行く前に焼きたての団子を一本買い、"
        "歩きながら食べるのを楽しみにしている。\n"
        "市場を始めたのは、百年ほど前にこの町へ移り住んだ米屋だったという。雨の日でも休まず店を開けたので、"
        "やがて周りに人が集まった。"
        "今では観光客も増えたが、値段の交渉をするときの言葉づかいは昔のままである。町の図書館には、"
        "当時の看板や帳簿が大切に保存されている。"
    ),
    "zh": (
        "这座小城位于两条河的交汇处，四周是低矮的山丘。每到秋天，山上的树叶变成红色和黄色，许多人会带着孩子来这里散步、拍照。"
        "城里最古老的建筑是一座石桥，据说已经有六百多年的历史。桥边有几家茶馆，老人们喜欢坐在窗前下棋，一坐就是一个下午。\n"
        "近年来，政府修建了新的公路和火车站，从省城到这里只需要一个小时。年轻人开始回到家乡，开起了书店、面包房和旅馆。"
        "他们希望游客不仅能看到美丽的风景，也能了解当地的生活和传统手工艺。每个星期六的早上，广场上还有热闹的集市，"
        "出售新鲜的水果和蔬菜。"
    ),
    "ru": (
        "Старая мельница стоит на берегу реки уже больше двухсот лет. Когда-то сюда привозили зерно со всех окрестных"
        " деревень, и зимой на льду выстраивалась длинная очередь саней. Хозяин мельницы знал каждого крестьянина по"
        " имени и никогда не брал лишнего за работу.\nПосле войны здание опустело, крыша провалилась, а колесо заросло"
        " мхом. Несколько лет назад местные жители собрали деньги и начали восстановление. Плотники использовали старые"
        " чертежи, найденные в архиве соседнего города. Теперь внутри открыт небольшой музей, где школьники могут сами"
        " смолоть горсть пшеницы и испечь лепёшку. По вечерам у воды собираются рыбаки, и разговор обычно заходит о"
        " погоде, о ценах и о том, каким большим был вчерашний улов."
    ),
    "es": (
        "En lo alto de la colina hay una panadería que abre a las cuatro de la mañana. Los vecinos dicen que el olor"
        " del pan despierta a todo el barrio mucho antes que las campanas. La dueña aprendió el oficio de su abuelo,"
        " quien llegó al pueblo con una mula, un saco de harina y ninguna moneda en el bolsillo.\nHoy trabajan allí"
        " cinco personas y se venden más de veinte clases de pan. El más famoso lleva aceitunas negras y romero, y"
        " suele agotarse antes del mediodía. Los domingos, cuando llegan los visitantes de la ciudad, la cola da la"
        " vuelta a la plaza. Nadie parece tener prisa: mientras esperan, hablan del tiempo, de la cosecha y de los"
        " nietos que estudian lejos."
    ),
    "de": (
        "Am Rand des Moores steht eine kleine Wetterwarte, die seit über hundert Jahren jeden Morgen um sieben Uhr"
        " abgelesen wird. Früher trug der Lehrer die Werte mit Tinte in ein dickes Buch ein, heute übernimmt das eine"
        " Gruppe von Freiwilligen aus dem Dorf. Auch bei Sturm und Schnee ist noch nie eine Messung ausgefallen.\nDie"
        " langen Reihen sind für die Forschung von großem Wert, weil sich an ihnen ablesen lässt, wie sich das Klima"
        " der Gegend verändert hat. Der erste Frost kommt inzwischen fast drei Wochen später als zur Zeit der"
        " Urgroßeltern. Wer möchte, darf an einem Sonntag im Monat die alten Geräte besichtigen und bekommt danach in"
        " der Stube einen Tee und ein Stück Apfelkuchen."
    ),
    "fr": (
        "Dans la vallée, le petit train ne circule plus que le samedi, mais les habitants y tiennent beaucoup. Il part"
        " de la gare du bas à neuf heures, traverse onze ponts et s'arrête devant la fromagerie pour prendre les bidons"
        " de lait. Le conducteur connaît tous les passagers et attend volontiers ceux qui arrivent en courant.\nL'hiver"
        " dernier, une avalanche a recouvert la voie sur plus de deux cents mètres. Pendant trois semaines, jeunes et"
        " vieux ont déblayé la neige à la pelle, car aucune machine ne pouvait monter jusque-là. Lorsque la locomotive"
        " est enfin repassée, on a sorti les accordéons et partagé une immense soupe aux légumes sur le quai. Depuis,"
        " une photo de cette journée décore la salle d'attente."
    ),
}

SPAM = {  # name -> (language of the file it goes to, text)
    "gambling": (
        "ko",
        "\n".join(
            f"{site} 카지노 바카라 토토 슬롯 먹튀검증 {bonus} 첫충 보너스 꽁머니 지급 카지노사이트 바카라사이트"
            " 토토사이트 추천 가입코드"
            for site, bonus in (
                ("황금", "30%"),
                ("나인", "50%"),
                ("로얄", "40%"),
                ("메가", "20%"),
                ("슈퍼", "60%"),
                ("타이거", "35%"),
            )
        ),
    ),
    "loan": (
        "ko",
        "무직자대출 당일대출 소액대출 비상금대출 신용대출 연체자대출 개인돈 급전 무서류 무방문 24시간 상담 " * 9
        + "지금 바로 클릭 클릭 클릭",
    ),
    "symbols": (
        "ko",
        (
            "★☆★☆▶▶▶ 대박 할인 ◀◀◀ ☆★☆★\n♥♡♥♡♥♡ 오늘만 ♡♥♡♥ ▒▒▒▒▒▒ !!!!!!!!! $$$$$$\n■□■□■□ 선착순 ■□■□ ※※※※ ~~~~~~~~"
            " ####\n◆◇◆◇ 무료 ◇◆◇◆ @@@@@@ &&&&&& %%%%% ****** ++++++\n▲▽▲▽▲▽ 지금 ▽▲▽▲ ======== ------- ________"
            " ^^^^^^^ ////// |||||"
        ),
    ),
    "casino": (
        "en",
        "best online casino casino bonus free spins casino slots jackpot online casino no deposit bonus poker roulette"
        " blackjack " * 8 + "play now win big casino",
    ),
    "adult": (
        "en",
        "hot singles adult dating sexy girls live cams xxx free chat adult webcam hot girls near you sexy singles"
        " tonight xxx videos adult chat free cams " * 6 + "click here now",
    ),
    "repeated": (
        "en",
        "Buy cheap watches with free shipping to the best price of the year.\n" * 14
        + "Order the best replica watches today and save.",
    ),
}

SHORT = {  # name -> (language, text)
    "preparing": ("ko", "준비 중인 페이지입니다. 이용에 불편을 드려 죄송합니다."),
    "moved": ("ko", "이 글은 다른 게시판으로 옮겨졌습니다."),
    "later": ("en", "This page is being prepared. Please come back to us later."),
}

FOOTERS = {
    "ko": (
        "저작권자 ⓒ 예시일보, 무단전재 및 재배포 금지",
        "이 글이 도움이 되었다면 공감과 구독 버튼을 눌러 주세요!",
        "본 사이트는 더 나은 서비스를 위해 쿠키를 사용합니다. 계속 이용하시면 이에 동의하는 것으로 봅니다.",
        "이전 글 | 목록 | 다음 글 | 맨 위로 가기",
    ),
    "en": (
        "This site uses cookies to give you the best experience. By continuing you agree to our use of cookies.",
        "Copyright Example Media. All rights reserved. No part of this page may be reproduced without permission.",
        "Did you enjoy this article? Sign up for our free weekly newsletter and never miss a story.",
        "Home | About us | Contact | Advertise with us | Back to top",
    ),
}

# Sentences put at the end of a document, and the parts of them that must not come out again.
PERSONAL = {
    "ko": (
        (
            "문의는 담당자 전자우편 minji.han@mail.example.com 또는 휴대전화 010-2345-6789로 하면 된다.",
            ("minji.han@mail.example.com", "010-2345-6789"),
        ),
        ("신청서에는 주민등록번호 850317-2018341을 적어야 한다고 안내되어 있었다.", ("850317-2018341",)),
        (
            "사무실 전화는 02-345-6789이고 결제에 쓴 카드 번호는 4111-1111-1111-1111이다.",
            ("02-345-6789", "4111-1111-1111-1111"),
        ),
        (
            "접속 기록에는 8.8.4.4라는 주소와 help@shop.example.kr 계정이 함께 남아 있었다.",
            ("8.8.4.4", "help@shop.example.kr"),
        ),
    ),
    "en": (
        (
            "Anyone who knows more is asked to write to desk.editor@news.example.org before Friday.",
            ("desk.editor@news.example.org",),
        ),
        ("The Korean branch can be reached at 010-8765-4321 during office hours.", ("010-8765-4321",)),
        (
            "By mistake the receipt showed the whole card number, 5555 5555 5555 4444, in large print.",
            ("5555 5555 5555 4444",),
        ),
        ("The form had been sent from the address 1.0.0.1 late in the evening.", ("1.0.0.1",)),
    ),
}

# Sentences that look like personal data and are none: they must come out as they went in.
HARMLESS = {
    "ko": (
        "관련 판결은 2019가합1234 사건으로, 2020-05-17에 선고되었다.",
        "안내서의 국제표준도서번호는 978-89-01-23456-3이고 값은 1,234,000원이다.",
    ),
    "en": (
        "The update to version 10.2.14 was released on 2020-05-17 and costs 1,299.00 dollars.",
        "The catalogue lists it under ISBN 978-3-16-148410-0, and the file number is 2021-04-118.",
    ),
}
