import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;

/** Prints "good" or "bad" for each folder: 0.pem is the end entity, the highest number the trust anchor. */
public class PkixJudge {
    public static void main(String[] arguments) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Date at = Date.from(Instant.parse(arguments[0]));
        for (int i = 1; i < arguments.length; ++i) {
            List<X509Certificate> path = new ArrayList<>();
            for (int depth = 0; Files.exists(Path.of(arguments[i], depth + ".pem")); ++depth) {
                try (InputStream in = Files.newInputStream(Path.of(arguments[i], depth + ".pem"))) {
                    path.add((X509Certificate) factory.generateCertificate(in));
                }
            }
            X509Certificate anchor = path.remove(path.size() - 1);
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(at);
            try {
                CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(path), parameters);
                System.out.println("good");
            } catch (Exception refused) {
                System.out.println("bad");
            }
        }
    }
}
