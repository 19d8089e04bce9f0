package dev.naru.connect.crawler.page;

import java.lang.Character.UnicodeScript;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Guesses a text's language: by its script where that decides, else by the short words that each
 * language repeats. Says nothing rather than something doubtful.
 */
final class LanguageDetector {
  private static final int SAMPLE_CHARS = 6_000;
  private static final int LETTERS_MIN = 40;
  private static final int HITS_MIN = 5;
  private static final Map<String, Integer> LANGUAGES_OF_WORD = new HashMap<>();
  private static final String[] LANGUAGES = {
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl", "tr", "cs", "fi", "id", "ro"
  };
  private static final String[] STOP_WORDS = {
    "the of and to in is that for it with as are this be on by from or which not have was at an if can will",
    "der die das und ist nicht mit den von zu ein eine auf für im dem sich auch es wird werden sind oder als bei nach",
    "le la les des est et une dans pour que qui sur pas par avec plus ne sont du au ce cette ou aux être vous",
    "el los las del que y es una por para con no se su más como al lo pero sus está este son entre cuando",
    "il di che è un una per non con del della sono si le da più come anche gli nel alla questo dei ma ha",
    "o os um uma que não para com do da dos das em é por mais se como foi ao pelo sua ou são mas também",
    "de het een van en is dat niet zijn met voor op te die aan er ook als bij door naar wordt maar om worden",
    "och att det som en på är av för med den till inte om ett har de jag kan eller från så vid men",
    "og at det er en til på som af for med den ikke der et har de kan eller fra så ved men også",
    "i w na z się nie do to jest że o jak za od przez po dla oraz są co lub przy być tym",
    "ve bir bu için ile da de olarak olan daha çok gibi en sonra kadar ne değil var ancak ya her veya",
    "a je se na v že to s z do o jsou pro jako ale nebo být by které po při která jeho",
    "ja on ei että se oli hän mutta ovat joka tai kun myös sen niin kuin jos voi ole ovat sekä",
    "dan yang di untuk dengan dari ini pada itu tidak dalam adalah akan atau oleh juga ke sebagai karena dapat",
    "și de la în cu pe nu este care pentru din sunt mai ca sau prin dar fi fost această după"
  };

  static {
    for (int language = 0; language < STOP_WORDS.length; language++) {
      for (String word : STOP_WORDS[language].split(" ")) {
        LANGUAGES_OF_WORD.merge(word, 1 << language, (a, b) -> a | b);
      }
    }
  }

  private LanguageDetector() {}

  /** A two-letter tag, or null. */
  static String detect(String text) {
    String sample = text.length() > SAMPLE_CHARS ? text.substring(0, SAMPLE_CHARS) : text;
    String byScript = byScript(sample);
    return byScript != null && !byScript.isEmpty()
        ? byScript
        : byScript == null ? null : byWords(sample);
  }

  /** The language that the script decides on; empty for Latin; null when nothing can be said. */
  private static String byScript(String sample) {
    Map<UnicodeScript, Integer> counts = new HashMap<>();
    int letters = 0;
    for (int i = 0; i < sample.length(); i++) {
      char c = sample.charAt(i);
      if (Character.isLetter(c)) {
        letters++;
        UnicodeScript script = c < 128 ? UnicodeScript.LATIN : UnicodeScript.of(c);
        counts.merge(script, 1, Integer::sum);
      }
    }
    if (letters < LETTERS_MIN) {
      return null;
    }
    int kana =
        counts.getOrDefault(UnicodeScript.HIRAGANA, 0)
            + counts.getOrDefault(UnicodeScript.KATAKANA, 0);
    if (kana * 10 > letters) {
      return "ja";
    }
    UnicodeScript main =
        counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    return switch (main) {
      case LATIN -> "";
      case HANGUL -> "ko";
      case HAN -> "zh";
      case GREEK -> "el";
      case HEBREW -> "he";
      case THAI -> "th";
      case GEORGIAN -> "ka";
      case ARMENIAN -> "hy";
      case DEVANAGARI -> "hi";
      case CYRILLIC -> sample.matches("(?s).*[їієґЇІЄҐ].*") ? "uk" : "ru";
      case ARABIC -> sample.matches("(?s).*[پچژگ].*") ? "fa" : "ar";
      default -> null;
    };
  }

  private static String byWords(String sample) {
    int[] hits = new int[LANGUAGES.length];
    for (String word : sample.toLowerCase(Locale.ROOT).split("[^\\p{L}]+")) {
      int mask = LANGUAGES_OF_WORD.getOrDefault(word, 0);
      for (int i = 0; mask != 0; i++, mask >>>= 1) {
        hits[i] += mask & 1;
      }
    }
    int best = 0;
    int second = -1;
    for (int i = 1; i < hits.length; i++) {
      if (hits[i] > hits[best]) {
        second = best;
        best = i;
      } else if (second < 0 || hits[i] > hits[second]) {
        second = i;
      }
    }
    boolean clear = hits[best] >= HITS_MIN && hits[best] * 5 > hits[second] * 6;
    return clear ? LANGUAGES[best] : null;
  }
}
