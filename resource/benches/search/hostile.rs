//! Queries that are made to be slow, each as long as a query may be.

/// What `search_food` takes.
const LONGEST: usize = 200;

/// Repeated until they are as long as a query may be.
const REPEATED: &[&str] = &[
    "a",
    "a ",
    "ab ",
    "abc ",
    "no ",
    "without ",
    "0",
    "1/2 ",
    "½",
    "%",
    ",/.",
    "\u{0}",
    "é",
    "a\u{301}",
    "\u{fdfa}", // stands for eighteen letters
    "😀",
    "漢字 ",
    "xqzvkj ",
    "sd fg hj kl ",
    "ch sh br gr ph ",
    "chicken ",
    "chikcen brocoli tomatos ",
    "strawberryblueberry",
    "peanutbuttercottagecheese ",
    "tomatoe potatoe bananna avacado ",
    "anstalioned resticulane operanicing ",
    "pqrstuvwxyzabcdefghijklmno ",
    "raw cooked with salt without fat added meat only lean ",
    "cheese milk beef pork chicken sauce bread soup oil ",
    "chees milx baef porc chickn sauec breda suop oli ",
    "snacks candies beverages cereals baked ",
    "cooked boiled roasted raw dry fried ",
    "cooked raw dried grilled broiled braised ",
    "steamed poached grilled broiled roasted baked sauteed fried braised stewed simmered raw dried barbecued ",
];

/// Each as it is.
const LONG: &[&str] = &[
    "chicken beef pork milk cheese bread broccoli carrot tomato onion potato yogurt banana apple orange grape lemon lime",
    "chikken beeef porrk mlik chese bred brokoli carott tomatto onoin potatto yogert bannana appel orrange graep lemonn",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z",
];

pub(crate) fn queries() -> Vec<String> {
    let repeated = REPEATED.iter().map(|text| text.chars().cycle().take(LONGEST).collect());
    repeated.chain(LONG.iter().map(|text| (*text).to_owned())).collect()
}
