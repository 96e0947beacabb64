import java.io.FileInputStream;
import java.net.URL;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What Java says that trusts the certificate in the file of the first argument, at each of the URLs behind it: a line
 * each, "URL<tab>ok" or "URL<tab>words". */
public class Words {
    public static void main(String[] arguments) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var file = new FileInputStream(arguments[0])) {
            store.setCertificateEntry("root", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        HttpsURLConnection.setDefaultSSLSocketFactory(context.getSocketFactory());
        for (int i = 1; i < arguments.length; i++) {
            String words = "ok";
            try (var body = new URL(arguments[i]).openConnection().getInputStream()) {
                body.readAllBytes();
            } catch (Exception error) {
                words = error.toString();
            }
            System.out.println(arguments[i] + "\t" + words);
        }
    }
}
