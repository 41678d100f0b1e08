package lic;

/** A license that is refused; the message is the code of the first check that failed. */
public final class Refused extends RuntimeException {
  private Refused(String code) {
    super(code);
  }

  static void unless(boolean holds, String code) {
    if (!holds) throw new Refused(code);
  }

  static void unless(boolean holds) {
    unless(holds, "LICENSE_INVALID");
  }
}
