namespace Shop.Host.CommandLine.Seeding;

/// <param name="Drawing">Its file in <c>wwwroot/goods</c>.</param>
/// <param name="Left">Stock on hand in the end; null for plenty.</param>
internal sealed record DemoProduct(
    string Name,
    string Description,
    long Price,
    string Drawing,
    IReadOnlyList<string> Categories,
    long? Left = null);

internal sealed record DemoCustomer(string Email, string Name);

/// <param name="IsHeld">Whether every demo customer has one already.</param>
internal sealed record DemoCoupon(
    string Name,
    string Type,
    long Value,
    long? MaxDiscount,
    long? MinimumOrderAmount,
    int Quantity,
    bool IsHeld = false);

/// <summary>
/// Products, customers and coupons of the demo. Names are in two languages; the storefront shows the visitor's one.
/// </summary>
internal static class DemoShop
{
    private const string Desk = "책상 / Desk";
    private const string Sound = "소리 / Sound";
    private const string Tea = "차와 커피 / Tea and coffee";
    private const string Kitchen = "주방 / Kitchen";
    private const string Home = "집 / Home";
    private const string Stationery = "문구 / Stationery";
    private const string Outdoors = "바깥 / Outdoors";
    private const string Play = "놀이 / Play";

    public const string Password = "demo-password";

    /// <summary>An image has an absolute URL; the storefront takes the drawings from wherever it is itself.</summary>
    public const string Drawings = "http://localhost:8080/goods/";

    public static string[] Categories { get; } =
    [
        Desk, Sound, Tea, Kitchen, Home, Stationery, Outdoors, Play,
    ];

    public static IReadOnlyList<DemoProduct> Products { get; } =
    [
        new(
            "기계식 키보드 / Mechanical keyboard", "조용한 갈축, 한영 각인. / Quiet brown switches, Korean and English legends.",
            129_000, "keyboard", [Desk]),
        new("무선 마우스 / Wireless mouse", "양손 모두 편한 모양. / Shaped for either hand.", 45_000, "mouse", [Desk]),
        new("27인치 모니터 / 27-inch monitor", "4K, 눈이 편한 무광 화면. / 4K with a matte screen.", 389_000, "monitor", [Desk]),
        new("노트북 거치대 / Laptop stand", "접이식 알루미늄. / Folding aluminium.", 32_000, "stand", [Desk]),
        new("USB-C 허브 / USB-C hub", "HDMI, 유선 랜, 카드 리더. / HDMI, Ethernet and a card reader.", 54_000, "hub", [Desk]),
        new(
            "노이즈 캔슬링 헤드폰 / Noise-cancelling headphones", "한 번 충전으로 30시간. / Thirty hours on one charge.",
            279_000, "headphones", [Sound]),
        new(
            "블루투스 스피커 / Bluetooth speaker", "욕실에서도 들을 수 있는 방수. / Waterproof, for the bathroom too.",
            89_000, "speaker", [Sound]),
        new("웹캠 / Webcam", "1080p, 가림막 포함. / 1080p with a shutter.", 69_000, "webcam", [Desk], Left: 3),
        new("책상 조명 / Desk lamp", "색온도 조절. / Adjustable from warm to cool.", 58_000, "lamp", [Desk, Home]),
        new(
            "높이 조절 책상 / Standing desk", "두 모터, 기억 높이 네 개. / Two motors, four remembered heights.",
            459_000, "desk", [Desk]),
        new("사무용 의자 / Office chair", "메시 등받이, 요추 받침. / Mesh back with lumbar support.", 329_000, "chair", [Desk]),
        new("데스크 매트 / Desk mat", "펠트와 코르크. / Felt and cork.", 28_000, "mat", [Desk]),
        new(
            "핸드드립 세트 / Pour-over set", "드리퍼, 서버, 필터 40장. / Dripper, server and forty filters.",
            42_000, "dripper", [Tea]),
        new("전기 주전자 / Electric kettle", "1도 단위 온도 조절. / Set to the degree.", 79_000, "kettle", [Tea]),
        new("에티오피아 원두 / Ethiopian coffee beans", "200 g, 주문 후 볶음. / 200 g, roasted to order.", 16_000, "beans", [Tea]),
        new("제주 녹차 / Jeju green tea", "첫물 잎차 50 g. / First-flush leaves, 50 g.", 24_000, "greentea", [Tea]),
        new("보리차 / Barley tea", "티백 40개. / Forty bags.", 6_500, "barleytea", [Tea]),
        new("유기그릇 / Brass bowl", "방짜 유기 밥그릇. / Hand-forged bangjja rice bowl.", 98_000, "bowl", [Kitchen]),
        new("옹기 항아리 / Onggi jar", "김치 5 L. / Holds five litres of kimchi.", 67_000, "onggi", [Kitchen], Left: 0),
        new("뚝배기 / Earthenware pot", "받침 포함. / Comes with its stand.", 19_000, "pot", [Kitchen]),
        new("무쇠 프라이팬 / Cast-iron pan", "26 cm, 길들여 둠. / 26 cm, seasoned.", 55_000, "pan", [Kitchen]),
        new("식칼 / Kitchen knife", "탄소강 18 cm. / Carbon steel, 18 cm.", 84_000, "knife", [Kitchen]),
        new("나무 도마 / Wooden board", "편백나무. / Hinoki.", 39_000, "board", [Kitchen]),
        new("유리 밀폐용기 / Glass containers", "네 개 묶음. / A set of four.", 29_000, "containers", [Kitchen]),
        new("리넨 앞치마 / Linen apron", "주머니 두 개. / Two pockets.", 35_000, "apron", [Kitchen]),
        new("누비 이불 / Quilted blanket", "목화솜, 퀸. / Cotton filling, queen size.", 149_000, "blanket", [Home], Left: 2),
        new("메밀 베개 / Buckwheat pillow", "높이 조절 가능. / Fill it as you like.", 38_000, "pillow", [Home]),
        new("면 수건 / Cotton towels", "다섯 장. / Five of them.", 33_000, "towels", [Home]),
        new("한지 공책 / Hanji notebook", "실로 꿰맨 120쪽. / Thread-sewn, 120 pages.", 14_000, "notebook", [Stationery]),
        new("만년필 / Fountain pen", "가는 촉, 컨버터 포함. / Fine nib, with a converter.", 62_000, "pen", [Stationery], Left: 5),
        new("먹과 벼루 / Ink stone and stick", "입문용 서예 세트. / To begin calligraphy with.", 47_000, "inkstone", [Stationery]),
        new("배낭 / Backpack", "22 L, 노트북 칸. / 22 L with a laptop sleeve.", 118_000, "backpack", [Outdoors]),
        new("접이식 우산 / Folding umbrella", "280 g, 자동. / 280 g, opens by itself.", 27_000, "umbrella", [Outdoors]),
        new("보온병 / Vacuum flask", "500 ml, 12시간. / 500 ml, hot for twelve hours.", 36_000, "flask", [Tea, Outdoors]),
        new("등산 스틱 / Trekking poles", "카본 한 쌍. / A pair, carbon.", 92_000, "poles", [Outdoors]),
        new("요가 매트 / Yoga mat", "천연 고무 5 mm. / Natural rubber, 5 mm.", 52_000, "yogamat", [Outdoors, Play]),
        new(
            "자전거 전조등 / Bicycle light", "400루멘, USB-C 충전. / 400 lumen, charges by USB-C.",
            41_000, "bikelight", [Outdoors]),
        new("보드게임 / Board game", "2–4명, 45분. / Two to four players, 45 minutes.", 44_000, "boardgame", [Play]),
        new("천 피스 퍼즐 / Thousand-piece puzzle", "한양도성 지도. / A map of old Seoul.", 25_000, "puzzle", [Play]),
        new("화분과 몬스테라 / Potted monstera", "키 60 cm. / 60 cm tall.", 48_000, "monstera", [Home]),
    ];

    public static IReadOnlyList<DemoCustomer> Customers { get; } =
    [
        new("mina@shop.local", "김미나"),
        new("junho@shop.local", "이준호"),
        new("seoyeon@shop.local", "박서연"),
        new("dohyun@shop.local", "최도현"),
        new("jiwoo@shop.local", "정지우"),
        new("hana@shop.local", "강하나"),
        new("taeyang@shop.local", "조태양"),
        new("eunji@shop.local", "윤은지"),
        new("alex@shop.local", "Alex Morgan"),
        new("sofia@shop.local", "Sofia Rossi"),
        new("yuki@shop.local", "Yuki Tanaka"),
        new("omar@shop.local", "Omar Haddad"),
    ];

    public static IReadOnlyList<DemoCoupon> Coupons { get; } =
    [
        new("첫 구매 감사 / Welcome", "FIXED", 5_000, null, 20_000, 10_000, IsHeld: true),
        new("가을 세일 / Autumn sale", "PERCENT", 20, 30_000, 50_000, 1_000),
        new("선착순 100명 반값 / Half price for the first hundred", "PERCENT", 50, 100_000, 10_000, 100),
        new("작은 감사 / A small thank-you", "FIXED", 3_000, null, null, 5_000),
    ];

    /// <summary>One of any number of products.</summary>
    public static DemoProduct ProductLike(int number)
    {
        var like = Products[number % Products.Count];
        return like with { Name = $"{like.Name} {number}", Price = like.Price + (number % 100 * 10) };
    }
}
